//! What earlier pages of a ranking showed, so that the next one goes on from there whatever landed
//! between them.

use std::{collections::BTreeMap, fmt};

use super::Entry;
use crate::{exact::Exact, fault::Fault};

/// How many regions a word of [`Numbers`] holds.
const WORD_BITS: i64 = 64;

/// What stands in place of a rank where nobody ranked was shown yet.
const NOBODY: &str = "-";

/// What earlier pages of a ranking showed: which regions, and where the ranks have come to.
///
/// Not a place in the order, by its value or code: a region that is coded anew or withdrawn meanwhile
/// would be before such a place or behind it, and so be on two pages or on none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    regions: Numbers,
    /// How many of them have a rank.
    ranked_count: usize,
    /// The last of these.
    last: Option<LastRanked>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LastRanked {
    pub(super) rank: usize,
    pub(super) value: Exact,
}

impl Shown {
    /// Whether a region was shown, by its number.
    pub(super) fn has(&self, number: i64) -> bool {
        self.regions.contains(number)
    }

    pub(super) const fn ranked_count(&self) -> usize {
        self.ranked_count
    }

    pub(super) const fn last(&self) -> Option<&LastRanked> {
        self.last.as_ref()
    }

    /// What is shown once these are, too.
    #[must_use]
    pub fn and(mut self, entries: &[Entry<'_>]) -> Self {
        for entry in entries {
            self.regions.insert(entry.region().number);
            if let Entry::Ranked(rank, _, value) = entry {
                self.ranked_count += 1;
                self.last = Some(LastRanked { rank: *rank, value: (*value).clone() });
            }
        }
        self
    }

    /// Reads what [`Display`](fmt::Display) wrote.
    ///
    /// # Errors
    /// A [`Fault`] where it is something else.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fault = || Fault::new(text, "ranks and regions that were shown");
        let mut parts = text.splitn(4, ' ');
        let mut part = || parts.next().ok_or_else(fault);
        let (ranked_count, rank, value, regions) = (part()?, part()?, part()?, part()?);
        let count = |text: &str| text.parse().map_err(|_| fault());
        let last = match (rank, value) {
            (NOBODY, NOBODY) => None,
            (rank, value) => Some(LastRanked { rank: count(rank)?, value: Exact::parse(value)? }),
        };
        let regions = Numbers::parse(regions).ok_or_else(fault)?;
        Ok(Self { regions, ranked_count: count(ranked_count)?, last })
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { regions, ranked_count, last } = self;
        write!(formatter, "{ranked_count} ")?;
        match last {
            Some(LastRanked { rank, value }) => write!(formatter, "{rank} {value} {regions}"),
            None => write!(formatter, "{NOBODY} {NOBODY} {regions}"),
        }
    }
}

/// A set of regions by their numbers, a bit each: in a page token 514 of them take less than 200 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Numbers(BTreeMap<i64, u64>);

impl Numbers {
    fn contains(&self, number: i64) -> bool {
        let (word, bit) = Self::place(number);
        self.0.get(&word).is_some_and(|bits| bits & bit > 0)
    }

    fn insert(&mut self, number: i64) {
        let (word, bit) = Self::place(number);
        *self.0.entry(word).or_default() |= bit;
    }

    const fn place(number: i64) -> (i64, u64) {
        (number.div_euclid(WORD_BITS), 1 << number.rem_euclid(WORD_BITS))
    }

    fn parse(text: &str) -> Option<Self> {
        let word = |word: &str| {
            let (place, bits) = word.split_once('.')?;
            Some((i64::from_str_radix(place, 16).ok()?, u64::from_str_radix(bits, 16).ok()?))
        };
        text.split(',').map(word).collect::<Option<_>>().map(Self)
    }
}

impl fmt::Display for Numbers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (count, (place, bits)) in self.0.iter().enumerate() {
            let comma = if count > 0 { "," } else { "" };
            write!(formatter, "{comma}{place:x}.{bits:x}")?;
        }
        Ok(())
    }
}
