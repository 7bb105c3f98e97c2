//! Ranks of exact values, under a named rule for ties.

use std::cmp::Reverse;

use crate::{
    exact::Exact,
    fault::Fault,
    name::RegionCode,
    population::{KeptFigure, MissingRegion, NamedRegion, PublishedRegion, Survey},
    publication::Measure,
    scorecard::NullReason,
};

/// Which ranks equal values have, and the one after them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TieRule {
    /// Standard competition ranking, 1-2-2-4: a rank is 1 more than how many are better.
    #[default]
    Standard,
    /// Dense ranking, 1-2-2-3: a rank is 1 more than how many better values there are.
    Dense,
}

impl TieRule {
    /// The word, as machines show it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Dense => "dense",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// A [`Fault`] that lists the words.
    pub fn parse(word: &str) -> Result<Self, Fault> {
        [Self::Standard, Self::Dense]
            .into_iter()
            .find(|rule| rule.as_str() == word)
            .ok_or_else(|| Fault::new(word, "standard or dense"))
    }
}

/// The rank of each value, from 1 for the greatest; what is not there has none, and takes none.
pub fn ranks<Value: Ord>(values: &[Option<Value>], rule: TieRule) -> Vec<Option<usize>> {
    let mut order: Vec<_> = (0..values.len()).filter(|index| values[*index].is_some()).collect();
    order.sort_by(|left, right| values[*right].cmp(&values[*left]));
    let mut ranks = vec![None; values.len()];
    let (mut better_count, mut better_values) = (0, 0);
    for tied in order.chunk_by(|left, right| values[*left] == values[*right]) {
        let rank = match rule {
            TieRule::Standard => better_count + 1,
            TieRule::Dense => better_values + 1,
        };
        for index in tied {
            ranks[*index] = Some(rank);
        }
        better_count += tied.len();
        better_values += 1;
    }
    ranks
}

/// The regions of a population by one measure: by rank and code, and behind them by code those that
/// can't be ranked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranking<'a> {
    /// All regions that are expected.
    pub entries: Vec<Entry<'a>>,
    /// How many of them have a rank.
    pub ranked_count: usize,
}

/// A region in a ranking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    /// It has a rank.
    Ranked(usize, &'a PublishedRegion, &'a Exact),
    /// Its value is comparable with no other.
    Break(&'a PublishedRegion, &'a Exact),
    /// It has no value; why, or `None` of a component that the instrument does not have.
    Null(&'a PublishedRegion, Option<NullReason>),
    /// Nothing is published of it.
    Missing(&'a MissingRegion),
}

/// Where an entry stands in a ranking: by its value where it is ranked, and by its code.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    is_unranked: bool,
    value: Reverse<Option<Exact>>,
    code: RegionCode,
}

impl<'a> Ranking<'a> {
    /// The ranking of what is published.
    pub fn of(survey: &'a Survey, measure: Measure, rule: TieRule) -> Self {
        let ranked = |region: &'a PublishedRegion| match region.figures.get(measure) {
            Some(KeptFigure::Value(value)) if !region.is_break(measure) => Some(value),
            _ => None,
        };
        let values: Vec<_> = survey.present.iter().map(ranked).collect();
        let ranks = ranks(&values, rule);
        let present = survey.present.iter().zip(values).zip(ranks);
        let mut entries: Vec<_> = present
            .map(|((region, value), rank)| match rank.zip(value) {
                Some((rank, value)) => Entry::Ranked(rank, region, value),
                None => Entry::unranked(region, measure),
            })
            .chain(survey.missing.iter().map(Entry::Missing))
            .collect();
        entries.sort_by_cached_key(Entry::position);
        let ranked_count =
            entries.iter().filter(|entry| matches!(entry, Entry::Ranked(..))).count();
        Self { entries, ranked_count }
    }

    /// The entries that come after a position.
    pub fn after(&self, position: &Position) -> &[Entry<'a>] {
        let before = self.entries.partition_point(|entry| entry.position() <= *position);
        &self.entries[before..]
    }
}

impl<'a> Entry<'a> {
    fn unranked(region: &'a PublishedRegion, measure: Measure) -> Self {
        match region.figures.get(measure) {
            Some(KeptFigure::Value(value)) => Self::Break(region, value),
            Some(KeptFigure::Null(reason)) => Self::Null(region, Some(*reason)),
            Some(KeptFigure::NotOfInstrument) | None => Self::Null(region, None),
        }
    }

    /// Its region.
    pub const fn region(&self) -> &'a NamedRegion {
        match self {
            Self::Ranked(_, region, _) | Self::Break(region, _) | Self::Null(region, _) => {
                &region.region
            }
            Self::Missing(region) => &region.region,
        }
    }

    /// Where it stands.
    pub fn position(&self) -> Position {
        let value = match self {
            Self::Ranked(_, _, value) => Some((*value).clone()),
            Self::Break(..) | Self::Null(..) | Self::Missing(_) => None,
        };
        Position::new(value, self.region().code.clone())
    }
}

impl Position {
    const fn new(value: Option<Exact>, code: RegionCode) -> Self {
        Self { is_unranked: value.is_none(), value: Reverse(value), code }
    }

    /// Reads what [`Display`](std::fmt::Display) wrote.
    ///
    /// # Errors
    /// A [`Fault`] where it is no position.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (value, code) =
            text.split_once(' ').ok_or_else(|| Fault::new(text, "a value and a code"))?;
        let value = if value == UNRANKED { None } else { Some(Exact::parse(value)?) };
        Ok(Self::new(value, RegionCode::parse(code)?))
    }
}

/// Stands for the value of what has no rank.
const UNRANKED: &str = "-";

impl std::fmt::Display for Position {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.value.0 {
            Some(value) => write!(formatter, "{value} {}", self.code),
            None => write!(formatter, "{UNRANKED} {}", self.code),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::population::{
        MissingReason,
        testing::{region, survey},
    };

    fn ranking() -> Survey {
        let improved = |code, value| region(code, &[(Measure::Improvement, value)]);
        let mut apart = improved("33.04", "3");
        apart.improvement_is_break = true;
        let mut survey = survey(vec![
            improved("33.01", "1/3"),
            improved("33.03", "1/2"),
            apart,
            improved("33.05", "2/6"),
            region("33.06", &[]),
            improved("33.07", "-1"),
        ]);
        let missing = |code| MissingRegion {
            region: region(code, &[]).region,
            reason: MissingReason::NotPublished,
        };
        survey.missing = vec![missing("33.02"), missing("33.08")];
        survey
    }

    fn rows<'a>(entries: &[Entry<'a>]) -> Vec<(&'a str, Option<usize>, &'static str)> {
        let row = |entry: &Entry<'a>| {
            let (rank, kind) = match entry {
                Entry::Ranked(rank, _, _) => (Some(*rank), "ranked"),
                Entry::Break(..) => (None, "break"),
                Entry::Null(..) => (None, "null"),
                Entry::Missing(_) => (None, "missing"),
            };
            (entry.region().code.as_str(), rank, kind)
        };
        entries.iter().map(row).collect()
    }

    #[test]
    fn who_cannot_be_ranked_comes_behind_in_the_order_of_codes() {
        let survey = ranking();
        let ranking = Ranking::of(&survey, Measure::Improvement, TieRule::Standard);
        let table = [
            ("33.03", Some(1), "ranked"),
            ("33.01", Some(2), "ranked"),
            ("33.05", Some(2), "ranked"),
            ("33.07", Some(4), "ranked"),
            ("33.02", None, "missing"),
            ("33.04", None, "break"),
            ("33.06", None, "null"),
            ("33.08", None, "missing"),
        ];
        assert_eq!(rows(&ranking.entries), table);
        assert_eq!(ranking.ranked_count, 4);
    }

    #[test]
    fn a_ranking_goes_on_after_each_of_its_positions() {
        let survey = ranking();
        let ranking = Ranking::of(&survey, Measure::Improvement, TieRule::Dense);
        for (index, entry) in ranking.entries.iter().enumerate() {
            let written = entry.position().to_string();
            let position = Position::parse(&written).unwrap();
            assert_eq!(position, entry.position(), "{written}");
            assert_eq!(ranking.after(&position), &ranking.entries[index + 1..], "{written}");
        }
        for text in ["", "33.05", "x 33.05", "1/2 x", "1/2  33.05"] {
            assert!(Position::parse(text).is_err(), "{text}");
        }
    }

    fn exact(numerator: i64, denominator: i64) -> Option<Exact> {
        Exact::quotient(numerator, denominator)
    }

    #[test]
    fn equal_values_share_a_rank_and_what_is_missing_has_none() {
        // By hand; the second and the fourth differ in what two decimals would hide.
        let values = [
            exact(10, 3),
            exact(16_667, 5_000),
            None,
            exact(33_333, 10_000),
            exact(20, 6),
            exact(4, 1),
            exact(-1, 2),
            exact(0, 1),
            None,
        ];
        let table = [
            (TieRule::Standard, [3, 2, 0, 5, 3, 1, 7, 6, 0]),
            (TieRule::Dense, [3, 2, 0, 4, 3, 1, 6, 5, 0]),
        ];
        for (rule, expected) in table {
            let expected = expected.map(|rank| Some(rank).filter(|rank| *rank > 0));
            assert_eq!(ranks(&values, rule), expected, "{rule:?}");
        }
        assert_eq!(ranks::<Exact>(&[], TieRule::Standard), []);
        assert_eq!(ranks::<Exact>(&[None, None], TieRule::Dense), [None, None]);
    }

    #[test]
    fn a_tie_rule_has_a_word() {
        for rule in [TieRule::Standard, TieRule::Dense] {
            assert_eq!(TieRule::parse(rule.as_str()), Ok(rule));
        }
        assert_eq!(TieRule::parse("fractional").unwrap_err().allowed, "standard or dense");
    }

    proptest! {
        #[test]
        fn a_rank_is_one_more_than_those_who_are_better(
            values in prop::collection::vec(prop::option::of(0_u8..12), 0..40),
        ) {
            let standard = ranks(&values, TieRule::Standard);
            let dense = ranks(&values, TieRule::Dense);
            for (index, value) in values.iter().enumerate() {
                let mut better: Vec<_> = values.iter().filter(|other| *other > value).collect();
                prop_assert_eq!(standard[index], value.map(|_| better.len() + 1));
                better.sort_unstable();
                better.dedup();
                prop_assert_eq!(dense[index], value.map(|_| better.len() + 1));
            }
        }
    }
}
