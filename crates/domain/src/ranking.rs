//! Ranks of exact values, under a named rule for ties.

mod shown;

use std::cmp::Reverse;

use crate::{
    exact::Exact,
    fault::Fault,
    name::RegionCode,
    population::{KeptFigure, MissingRegion, NamedRegion, PublishedRegion, Survey},
    publication::Measure,
    scorecard::NullReason,
};

pub use shown::Shown;

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
    /// All regions that are expected, but for those that were shown already.
    pub entries: Vec<Entry<'a>>,
    /// How many have a rank, those that were shown among them.
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

impl<'a> Ranking<'a> {
    /// The ranking of what is published.
    pub fn of(survey: &'a Survey, measure: Measure, rule: TieRule) -> Self {
        Self::after(&Shown::default(), survey, measure, rule)
    }

    /// What is left of the ranking once so much of it was shown. All pages together are a ranking by the
    /// rule, of each region once, whatever became of the regions between them.
    pub fn after(shown: &Shown, survey: &'a Survey, measure: Measure, rule: TieRule) -> Self {
        let present = survey.present.iter().filter(|region| !shown.has(region.region.number));
        let present: Vec<_> = present.collect();
        let values: Vec<_> = present.iter().map(|region| region.comparable(measure)).collect();
        let ranks = shown.ranks_behind(&values, rule);
        let missing = survey.missing.iter().filter(|missing| !shown.has(missing.region.number));
        let mut entries: Vec<_> = present
            .into_iter()
            .zip(values)
            .zip(ranks)
            .map(|((region, value), rank)| match rank.zip(value) {
                Some((rank, value)) => Entry::Ranked(rank, region, value),
                None => Entry::unranked(region, measure),
            })
            .chain(missing.map(Entry::Missing))
            .collect();
        entries.sort_by(|left, right| left.place().cmp(&right.place()));
        let ranked = entries.iter().filter(|entry| matches!(entry, Entry::Ranked(..)));
        Self { ranked_count: shown.ranked_count() + ranked.count(), entries }
    }
}

impl PublishedRegion {
    /// Its value of a measure, where it is comparable with others.
    fn comparable(&self, measure: Measure) -> Option<&Exact> {
        match self.figures.get(measure) {
            Some(KeptFigure::Value(value)) if !self.is_break(measure) => Some(value),
            _ => None,
        }
    }
}

impl Shown {
    /// The ranks of values that were not shown. Who is as good as the last one that was has its rank;
    /// so has who is better, which happens only where somebody joins the population meanwhile.
    fn ranks_behind(&self, values: &[Option<&Exact>], rule: TieRule) -> Vec<Option<usize>> {
        let Some(last) = self.last() else { return ranks(values, rule) };
        let is_behind = |value: &&Exact| **value < last.value;
        let behind: Vec<_> = values.iter().map(|value| value.filter(is_behind)).collect();
        let tied = values.iter().flatten().filter(|value| !is_behind(value)).count();
        let before = match rule {
            TieRule::Standard => self.ranked_count() + tied,
            TieRule::Dense => last.rank,
        };
        let ranks = ranks(&behind, rule).into_iter().zip(values);
        ranks
            .map(|(rank, value)| value.map(|_| rank.map_or(last.rank, |rank| before + rank)))
            .collect()
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

    /// Where it stands: by its value where it is ranked, behind those that are where not; and by its code.
    fn place(&self) -> (bool, Reverse<Option<&'a Exact>>, &'a RegionCode) {
        let value = match self {
            Self::Ranked(_, _, value) => Some(*value),
            Self::Break(..) | Self::Null(..) | Self::Missing(_) => None,
        };
        (value.is_none(), Reverse(value), &self.region().code)
    }
}

#[cfg(test)]
mod tests;
