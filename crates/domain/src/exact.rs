//! Exact numbers: decimals as they are given, fractions as they come out, rounding at the very end.

mod fraction;

use std::{fmt, iter::Sum, ops};

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use self::fraction::Fraction;
use crate::fault::Fault;

/// The most decimals that a score, weight or percent may be given with: three more than any
/// published result has, and few enough that every figure rounds within a [`Decimal`].
pub const INPUT_DECIMALS_MAX: u32 = 6;
/// The largest magnitude of a number that is given; scales of 4, 100 or 1,000 are in use.
pub const INPUT_MAGNITUDE_MAX: i64 = 1_000_000;

/// Reads a decimal such as `3.60`, keeping the decimals that it was given with.
///
/// # Errors
/// A [`Fault`] where it is no plain decimal, has more than 6 decimals, or is beyond a million.
pub fn parse_decimal(text: &str) -> Result<Decimal, Fault> {
    let fault =
        || Fault::new(text, "a decimal such as 3.60, with at most 6 decimals, within a million");
    let digits = text.strip_prefix('-').unwrap_or(text);
    // Decimal's own parser also takes `1_000`, `+1`, `.5` and `5.`.
    let is_plain = digits.split('.').count() <= 2
        && digits
            .split('.')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_plain {
        return Err(fault());
    }
    let mut decimal = Decimal::from_str_exact(text).map_err(|_| fault())?;
    if decimal.is_zero() {
        // `-0` is read, and is the zero that everything else writes.
        decimal.set_sign_positive(true);
    }
    let is_within = decimal.scale() <= INPUT_DECIMALS_MAX
        && decimal.abs() <= Decimal::from(INPUT_MAGNITUDE_MAX);
    if is_within { Ok(decimal) } else { Err(fault()) }
}

/// An exact rational number of any size.
///
/// Displays as an integer or as a fraction in lowest terms: `1243/375`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Exact(Fraction);

impl Exact {
    /// The exact quotient; `None` where `denominator` is 0.
    pub fn quotient(numerator: impl Into<BigInt>, denominator: impl Into<BigInt>) -> Option<Self> {
        let denominator = denominator.into();
        (!denominator.is_zero()).then(|| Self(Fraction::new(numerator.into(), denominator)))
    }

    /// Reads an integer or a fraction, as it is displayed.
    ///
    /// # Errors
    /// A [`Fault`] where it is neither.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fraction = Fraction::parse(text);
        fraction
            .map(Self)
            .ok_or_else(|| Fault::new(text, "an integer or a fraction such as 1243/375"))
    }

    /// The arithmetic mean; `None` of nothing.
    pub fn mean<'a>(values: impl ExactSizeIterator<Item = &'a Self>) -> Option<Self> {
        let count = values.len();
        (count > 0).then(|| values.cloned().sum::<Self>() / &Self::from(count as u64))
    }

    /// The mean of `(weight, value)` pairs by their weights; `None` where the weights sum to 0.
    ///
    /// Only the weights' proportions matter.
    pub fn weighted_mean<'a>(
        pairs: impl Iterator<Item = (&'a Self, &'a Self)> + Clone,
    ) -> Option<Self> {
        let total: Self = pairs.clone().map(|(weight, _)| weight.clone()).sum();
        let products = pairs.map(|(weight, value)| Self(weight.0.multiply(&value.0)));
        (!total.0.is_zero()).then(|| products.sum::<Self>() / &total)
    }

    /// Whether it is more than 0.
    pub fn is_positive(&self) -> bool {
        self > &Self::from(0)
    }

    /// The nearest floating-point number: for random draws, never for a figure.
    pub fn approximate(&self) -> f64 {
        self.0.to_big().to_f64().unwrap_or(f64::NAN)
    }

    /// The number rounded half up to `decimals`, with exactly that many decimals.
    ///
    /// A tie goes away from zero, as in Postgres's `round(numeric, n)`.
    ///
    /// # Panics
    /// Where the result has more than 28 digits, which no figure from bounded input has.
    pub fn round(&self, decimals: u32) -> Decimal {
        let (numerator, denominator) = self.to_integers();
        let scaled = numerator.abs() * BigInt::from(10).pow(decimals);
        // floor(|x| + 1/2), in integers.
        let rounded: BigInt = (scaled * 2 + &denominator) / (denominator * 2);
        let magnitude = rounded
            .to_i128()
            .and_then(|mantissa| Decimal::try_from_i128_with_scale(mantissa, decimals).ok())
            .expect("figures from bounded input fit in a decimal");
        if numerator.is_negative() && !magnitude.is_zero() { -magnitude } else { magnitude }
    }

    /// The square root, rounded half up to `decimals` from the exact value; `None` of what is
    /// negative.
    ///
    /// # Panics
    /// As [`round`](Self::round) does.
    pub fn square_root(&self, decimals: u32) -> Option<Decimal> {
        let (numerator, denominator) = self.to_integers();
        if numerator.is_negative() {
            return None;
        }
        // floor(x + 1/2) = floor((floor(2 x) + 1) / 2), with x the root in units of the last decimal.
        let unit = BigInt::from(10).pow(decimals);
        let square: BigInt = numerator * 4 * &unit * unit / denominator;
        let rounded: BigInt = (square.sqrt() + 1) / 2;
        let root = rounded
            .to_i128()
            .and_then(|mantissa| Decimal::try_from_i128_with_scale(mantissa, decimals).ok());
        Some(root.expect("roots of bounded figures fit in a decimal"))
    }

    /// Its numerator and denominator in lowest terms, where both fit in a machine word.
    pub(crate) fn words(&self) -> Option<(i64, i64)> {
        self.0.words()
    }

    /// Its numerator and denominator in lowest terms.
    pub(crate) fn to_integers(&self) -> (BigInt, BigInt) {
        self.0.to_big().into_raw()
    }
}

impl From<u64> for Exact {
    fn from(integer: u64) -> Self {
        Self(Fraction::new(integer.into(), 1.into()))
    }
}

impl From<Decimal> for Exact {
    fn from(decimal: Decimal) -> Self {
        Self(Fraction::new(decimal.mantissa().into(), BigInt::from(10).pow(decimal.scale())))
    }
}

impl ops::Add<&Exact> for Exact {
    type Output = Exact;

    fn add(self, other: &Exact) -> Exact {
        Exact(self.0.add(&other.0))
    }
}

impl ops::Sub<&Exact> for Exact {
    type Output = Exact;

    fn sub(self, other: &Exact) -> Exact {
        Exact(self.0.subtract(&other.0))
    }
}

impl ops::Mul<&Exact> for Exact {
    type Output = Exact;

    fn mul(self, other: &Exact) -> Exact {
        Exact(self.0.multiply(&other.0))
    }
}

impl ops::Div<&Exact> for Exact {
    type Output = Exact;

    fn div(self, other: &Exact) -> Exact {
        Exact(self.0.divide(&other.0))
    }
}

impl Sum for Exact {
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.fold(Self(Fraction::zero()), |sum, value| sum + &value)
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl TryFrom<String> for Exact {
    type Error = Fault;

    fn try_from(text: String) -> Result<Self, Fault> {
        Self::parse(&text)
    }
}

impl From<Exact> for String {
    fn from(exact: Exact) -> String {
        exact.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tie_is_rounded_away_from_zero() {
        let round = |numerator: i64, denominator: i64, decimals| {
            Exact::quotient(numerator, denominator).unwrap().round(decimals).to_string()
        };
        assert_eq!(round(3315, 1000, 2), "3.32");
        assert_eq!(round(-3315, 1000, 2), "-3.32");
        assert_eq!(round(3314, 1000, 2), "3.31");
        assert_eq!(round(-1, 1000, 2), "0.00");
        assert_eq!(round(600, 7, 2), "85.71");
        assert_eq!(round(100, 1, 2), "100.00");
        assert_eq!(round(5, 2, 0), "3");
    }

    #[test]
    fn a_square_root_is_rounded_from_the_exact_value() {
        let root = |text: &str, decimals| {
            Exact::parse(text).unwrap().square_root(decimals).map(|root| root.to_string())
        };
        assert_eq!(root("2", 6).as_deref(), Some("1.414214"));
        assert_eq!(root("9/4", 0).as_deref(), Some("2"), "1.5 is a tie");
        assert_eq!(root("9/16", 2).as_deref(), Some("0.75"));
        // 0.125 exactly, and just below it.
        assert_eq!(root("1/64", 2).as_deref(), Some("0.13"));
        assert_eq!(root("15624999999999/1000000000000000", 2).as_deref(), Some("0.12"));
        assert_eq!(root("0", 2).as_deref(), Some("0.00"));
        assert_eq!(root("-1", 2), None);
    }

    #[test]
    fn a_decimal_keeps_its_decimals() {
        assert_eq!(parse_decimal("3.60").unwrap().to_string(), "3.60");
        assert_eq!(parse_decimal("-0.25").unwrap().to_string(), "-0.25");
        assert_eq!(parse_decimal("1000000").unwrap().to_string(), "1000000");
        assert_eq!(parse_decimal("-0.00").unwrap().to_string(), "0.00");
        for text in [
            "",
            "-",
            "3,6",
            "1e3",
            "+1",
            ".5",
            "5.",
            "1_0",
            "3.6000001",
            "1000000.1",
            "NaN",
            " 1",
            "1.2.3",
            "99999999999999999999999999999999",
        ] {
            assert_eq!(parse_decimal(text).unwrap_err().value, text);
        }
    }

    #[test]
    fn the_mean_of_nothing_is_nothing() {
        assert_eq!(Exact::mean([].iter()), None);
        assert_eq!(Exact::weighted_mean([].into_iter()), None);
        assert_eq!(Exact::quotient(1, 0), None);
    }

    fn exact() -> impl Strategy<Value = Exact> {
        (-1_000_000_i64..1_000_000, 1_i64..10_000)
            .prop_map(|(numerator, denominator)| Exact::quotient(numerator, denominator).unwrap())
    }

    proptest! {
        #[test]
        fn a_rounded_number_is_within_half_a_unit(value in exact(), decimals in 0_u32..=6) {
            let distance = value.clone() - &Exact::from(value.round(decimals));
            let half_unit = Exact::quotient(1, BigInt::from(2) * BigInt::from(10).pow(decimals)).unwrap();
            prop_assert!(distance.0.to_big().abs() <= half_unit.0.to_big());
            prop_assert_eq!(value.round(decimals).scale(), decimals);
        }

        #[test]
        fn a_square_root_is_within_half_a_unit(value in exact(), decimals in 0_u32..=6) {
            prop_assume!(value >= Exact::from(0));
            let root = value.square_root(decimals).unwrap();
            let half_unit = Exact::quotient(1, BigInt::from(2) * BigInt::from(10).pow(decimals)).unwrap();
            let (below, above) = (Exact::from(root) - &half_unit, Exact::from(root) + &half_unit);
            prop_assert!(below < Exact::from(0) || below.clone() * &below <= value);
            prop_assert!(value < above.clone() * &above);
        }

        #[test]
        fn an_exact_number_is_read_back_as_written(value in exact()) {
            prop_assert_eq!(Exact::try_from(value.to_string()).unwrap(), value);
        }

        #[test]
        fn weights_scaled_alike_change_nothing(
            pairs in prop::collection::vec((1_u64..1_000, exact()), 1..8),
            factor in 1_u64..1_000,
        ) {
            let mean = |factor: u64| {
                let pairs: Vec<_> = pairs.iter().map(|(weight, value)| (Exact::from(weight * factor), value)).collect();
                Exact::weighted_mean(pairs.iter().map(|(weight, value)| (weight, *value)))
            };
            prop_assert_eq!(mean(1), mean(factor));
        }

        #[test]
        fn a_mean_lies_between_the_smallest_and_the_largest(values in prop::collection::vec(exact(), 1..8)) {
            let mean = Exact::mean(values.iter()).unwrap();
            prop_assert!(values.iter().min().unwrap() <= &mean && &mean <= values.iter().max().unwrap());
        }
    }
}
