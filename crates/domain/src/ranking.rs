//! Ranks of exact values, under a named rule for ties.

use crate::fault::Fault;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::exact::Exact;

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
