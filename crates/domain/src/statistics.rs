//! What is said of many values of one measure: exact, and rounded only when it is shown.

mod moments;

use crate::exact::Exact;

/// The statistics of at least one value.
///
/// The values are those of a whole population, not a sample of it, and so is their variance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// How many values there are.
    pub count: usize,
    /// The arithmetic mean.
    pub mean: Exact,
    /// The mean of the squared distances from the mean: of a population, by `count`, not by one less.
    pub variance: Exact,
    /// The least value.
    pub minimum: Exact,
    /// The first quartile.
    pub lower_quartile: Exact,
    /// The value in the middle, or the mean of the two there.
    pub median: Exact,
    /// The third quartile.
    pub upper_quartile: Exact,
    /// The greatest value.
    pub maximum: Exact,
}

impl Statistics {
    /// The statistics of these values; `None` of none.
    pub fn of(mut values: Vec<&Exact>) -> Option<Self> {
        values.sort_unstable();
        Self::of_sorted(&values)
    }

    /// The statistics of values that are sorted, the least first; `None` of none.
    pub(crate) fn of_sorted(values: &[&Exact]) -> Option<Self> {
        let (minimum, maximum) = (values.first()?, values.last()?);
        let (mean, variance) = moments::mean_and_variance(values)?;
        Some(Self {
            count: values.len(),
            mean,
            variance,
            minimum: (*minimum).clone(),
            lower_quartile: quartile(values, 1),
            median: quartile(values, 2),
            upper_quartile: quartile(values, 3),
            maximum: (*maximum).clone(),
        })
    }
}

/// The quartile of a number of sorted values, by linear interpolation between the two next to it:
/// type 7 of Hyndman and Fan (1996), as `QUARTILE.INC` of spreadsheets and numpy's default.
fn quartile(sorted: &[&Exact], number: usize) -> Exact {
    let quarters = (sorted.len() - 1) * number;
    let (below, part) = (quarters / 4, quarters % 4);
    let value = sorted[below].clone();
    if part == 0 {
        return value;
    }
    let part = Exact::quotient(part, 4).expect("4 is not 0");
    let distance = sorted[below + 1].clone() - sorted[below];
    value + &(distance * &part)
}

#[cfg(test)]
mod tests;
