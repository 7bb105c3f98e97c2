//! Mean and variance by whole numbers: values are added up by their denominators first, and a common
//! denominator is sought once, for those.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_traits::{ToPrimitive, Zero};

use crate::exact::Exact;

/// The values of one denominator.
#[derive(Default)]
struct Group {
    sum: BigInt,
    square_sum: BigInt,
    words: Words,
}

/// What was added up and still fits in a machine's integer.
#[derive(Clone, Copy, Default)]
struct Words {
    sum: i128,
    square_sum: i128,
}

impl Words {
    /// `None` where that does not fit any more.
    fn with(self, numerator: i64) -> Option<Self> {
        let numerator = i128::from(numerator);
        Some(Self {
            sum: self.sum.checked_add(numerator)?,
            // Less than 2^126.
            square_sum: self.square_sum.checked_add(numerator * numerator)?,
        })
    }
}

impl Group {
    fn add(&mut self, numerator: i64) {
        if let Some(words) = self.words.with(numerator) {
            self.words = words;
        } else {
            self.carry();
            self.words = Words::default().with(numerator).unwrap_or_default();
        }
    }

    fn add_big(&mut self, numerator: &BigInt) {
        self.sum += numerator;
        self.square_sum += numerator * numerator;
    }

    /// Moves what fits in words to where anything fits.
    fn carry(&mut self) {
        self.sum += self.words.sum;
        self.square_sum += self.words.square_sum;
        self.words = Words::default();
    }
}

/// The mean, and the variance of a population: `(n sum(x^2) - sum(x)^2) / n^2`. `None` of no values.
pub(super) fn mean_and_variance(values: &[&Exact]) -> Option<(Exact, Exact)> {
    let (mut small, mut big) = (BTreeMap::<i64, Group>::new(), BTreeMap::<BigInt, Group>::new());
    for value in values {
        if let Some((numerator, denominator)) = value.words() {
            small.entry(denominator).or_default().add(numerator);
        } else {
            let (numerator, denominator) = value.to_integers();
            big.entry(denominator).or_default().add_big(&numerator);
        }
    }
    let common = common_denominator(small.keys().copied(), big.keys());
    let small = small.into_iter().map(|(denominator, group)| (BigInt::from(denominator), group));
    let (mut sum, mut square_sum) = (BigInt::zero(), BigInt::zero());
    for (denominator, mut group) in small.chain(big) {
        group.carry();
        let factor = &common / denominator;
        sum += group.sum * &factor;
        square_sum += group.square_sum * &factor * factor;
    }
    let count = BigInt::from(values.len());
    let total = &common * &count;
    let variance = Exact::quotient(count * square_sum - &sum * &sum, &total * &total)?;
    Some((Exact::quotient(sum, total)?, variance))
}

/// The least common multiple; 1 of none.
fn common_denominator<'a>(
    small: impl Iterator<Item = i64>,
    big: impl Iterator<Item = &'a BigInt>,
) -> BigInt {
    let small = small.fold(BigInt::from(1), |common, denominator| {
        let rest = (&common % denominator).to_i64().unwrap_or_default();
        common * (denominator / greatest_common_divisor(denominator, rest))
    });
    big.fold(small, |common, denominator| {
        let reduced = Exact::quotient(common.clone(), denominator.clone());
        let (_, factor) = reduced.map_or_else(Default::default, |reduced| reduced.to_integers());
        common * factor
    })
}

fn greatest_common_divisor(mut left: i64, mut right: i64) -> i64 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}
