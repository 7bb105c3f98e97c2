//! Counts of ranks, and what is told of them.

use crate::exact::Exact;

/// How often each region had each rank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    len: usize,
    runs: u32,
    /// Region by region, the counts of the ranks from 1.
    counts: Vec<u32>,
}

/// How the ranks of one region are spread; quantiles lie between two ranks where they fall there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankSpread {
    /// The median.
    pub median: Exact,
    /// The 5th percentile.
    pub fifth_percentile: Exact,
    /// The 95th percentile.
    pub ninety_fifth_percentile: Exact,
    /// In which share of the runs it was among the best.
    pub top_share: Exact,
}

impl Tally {
    /// No ranks of so many regions.
    pub fn new(len: usize) -> Self {
        Self { len, runs: 0, counts: vec![0; len * len] }
    }

    /// Counts the ranks of one run.
    pub fn add(&mut self, ranks: &[u32]) {
        self.runs += 1;
        for (counts, rank) in self.counts.chunks_exact_mut(self.len).zip(ranks) {
            counts[*rank as usize - 1] += 1;
        }
    }

    /// Both counts together.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.runs += other.runs;
        for (count, other) in self.counts.iter_mut().zip(other.counts) {
            *count += other;
        }
        self
    }

    /// The spread of each region, in their order, with the share of runs among the best `top`.
    pub fn spreads(&self, top: u32) -> Vec<RankSpread> {
        let spread = |counts: &[u32]| RankSpread {
            median: self.quantile(counts, 50),
            fifth_percentile: self.quantile(counts, 5),
            ninety_fifth_percentile: self.quantile(counts, 95),
            top_share: {
                let best: u32 = counts.iter().take(top as usize).sum();
                Exact::quotient(best, self.runs.max(1)).unwrap_or(Exact::from(0))
            },
        };
        self.counts.chunks_exact(self.len.max(1)).map(spread).collect()
    }

    /// The quantile between the order statistics around it (Hyndman and Fan's type 7, as in R and numpy).
    fn quantile(&self, counts: &[u32], percent: u64) -> Exact {
        let position = u64::from(self.runs.saturating_sub(1)) * percent;
        let (below, rest) = (position / 100, position % 100);
        let (low, high) = (rank_at(counts, below), rank_at(counts, below + u64::from(rest > 0)));
        let hundredths = low * 100 + (high - low) * rest;
        Exact::quotient(hundredths, 100).unwrap_or(Exact::from(0))
    }
}

/// The rank at a place, from 0, of all ranks in order.
fn rank_at(counts: &[u32], place: u64) -> u64 {
    let mut passed = 0;
    for (rank, count) in (1..).zip(counts) {
        passed += u64::from(*count);
        if passed > place {
            return rank;
        }
    }
    0
}
