//! A fraction in lowest terms: two machine words where it fits in them, as nearly all figures do, and
//! of any size where it does not.
//!
//! Statistics of the whole nation take ten thousand fractions; big integers alone would spend most of
//! their time on memory.

use std::{cmp::Ordering, fmt};

use num_bigint::BigInt;
use num_rational::{BigRational, Rational64};
use num_traits::{CheckedAdd, CheckedDiv, CheckedMul, CheckedSub, ToPrimitive, Zero};

/// The fraction. Each number has one form, so equality is that of the parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fraction {
    /// Its numerator is not the least integer, whose magnitude is no integer.
    Small(Rational64),
    Big(Box<BigRational>),
}

impl Fraction {
    /// `denominator` is not 0.
    pub(super) fn new(numerator: BigInt, denominator: BigInt) -> Self {
        match (small(&numerator), small(&denominator)) {
            (Some(numerator), Some(denominator)) => {
                Self::Small(Rational64::new(numerator, denominator))
            }
            _ => BigRational::new(numerator, denominator).into(),
        }
    }

    /// Reads an integer or a fraction; `None` where it is neither.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
        if let (Ok(numerator), Ok(denominator)) = (numerator.parse(), denominator.parse())
            && denominator != 0
            && numerator != i64::MIN
            && denominator != i64::MIN
        {
            return Some(Self::Small(Rational64::new(numerator, denominator)));
        }
        let (numerator, denominator) = (numerator.parse().ok()?, denominator.parse().ok()?);
        (denominator != BigInt::ZERO).then(|| Self::new(numerator, denominator))
    }

    pub(super) fn zero() -> Self {
        Self::Small(Rational64::zero())
    }

    /// Its numerator and denominator, where both fit in a machine word.
    pub(super) fn words(&self) -> Option<(i64, i64)> {
        match self {
            Self::Small(fraction) => Some((*fraction.numer(), *fraction.denom())),
            Self::Big(_) => None,
        }
    }

    pub(super) fn to_big(&self) -> BigRational {
        match self {
            Self::Small(fraction) => {
                BigRational::new_raw((*fraction.numer()).into(), (*fraction.denom()).into())
            }
            Self::Big(fraction) => (**fraction).clone(),
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        matches!(self, Self::Small(fraction) if fraction.is_zero())
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        self.compute(other, CheckedAdd::checked_add, |left, right| left + right)
    }

    pub(super) fn subtract(&self, other: &Self) -> Self {
        self.compute(other, CheckedSub::checked_sub, |left, right| left - right)
    }

    pub(super) fn multiply(&self, other: &Self) -> Self {
        self.compute(other, CheckedMul::checked_mul, |left, right| left * right)
    }

    /// `other` is not 0.
    pub(super) fn divide(&self, other: &Self) -> Self {
        self.compute(other, CheckedDiv::checked_div, |left, right| left / right)
    }

    /// In machine words, or, where these overflow, in big integers.
    fn compute(
        &self,
        other: &Self,
        small: fn(&Rational64, &Rational64) -> Option<Rational64>,
        big: fn(BigRational, BigRational) -> BigRational,
    ) -> Self {
        if let (Self::Small(left), Self::Small(right)) = (self, other)
            && let Some(result) = small(left, right)
            && *result.numer() != i64::MIN
        {
            return Self::Small(result);
        }
        big(self.to_big(), other.to_big()).into()
    }
}

/// The integer as a machine word whose magnitude is one too.
fn small(integer: &BigInt) -> Option<i64> {
    integer.to_i64().filter(|word| *word != i64::MIN)
}

impl From<BigRational> for Fraction {
    fn from(fraction: BigRational) -> Self {
        match (small(fraction.numer()), small(fraction.denom())) {
            (Some(numerator), Some(denominator)) => {
                Self::Small(Rational64::new_raw(numerator, denominator))
            }
            _ => Self::Big(Box::new(fraction)),
        }
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.words(), other.words()) {
            (Some((numerator, denominator)), Some((other_numerator, other_denominator))) => {
                let left = i128::from(numerator) * i128::from(other_denominator);
                left.cmp(&(i128::from(other_numerator) * i128::from(denominator)))
            }
            _ => self.to_big().cmp(&other.to_big()),
        }
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Small(fraction) => fraction.fmt(formatter),
            Self::Big(fraction) => fraction.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Words near zero and near the ends, where arithmetic overflows.
    fn word() -> impl Strategy<Value = i64> {
        prop_oneof![
            -1_000_i64..1_000,
            any::<i64>(),
            Just(i64::MIN),
            Just(i64::MIN + 1),
            Just(i64::MAX),
        ]
    }

    fn fraction() -> impl Strategy<Value = (Fraction, BigRational)> {
        (word(), word().prop_filter("a denominator", |word| *word != 0)).prop_map(
            |(numerator, denominator)| {
                let (numerator, denominator) = (BigInt::from(numerator), BigInt::from(denominator));
                let big = BigRational::new(numerator.clone(), denominator.clone());
                (Fraction::new(numerator, denominator), big)
            },
        )
    }

    proptest! {
        #[test]
        fn a_fraction_is_as_one_of_big_integers((left, big_left) in fraction(), (right, big_right) in fraction()) {
            let is_as = |fraction: &Fraction, big: &BigRational| {
                let is_small = small(big.numer()).is_some() && small(big.denom()).is_some();
                fraction.to_big() == *big && is_small == matches!(fraction, Fraction::Small(_))
            };
            prop_assert!(is_as(&left, &big_left));
            prop_assert!(is_as(&left.add(&right), &(&big_left + &big_right)));
            prop_assert!(is_as(&left.subtract(&right), &(&big_left - &big_right)));
            prop_assert!(is_as(&left.multiply(&right), &(&big_left * &big_right)));
            if !right.is_zero() {
                prop_assert!(is_as(&left.divide(&right), &(&big_left / &big_right)));
            }
            prop_assert_eq!(left.cmp(&right), big_left.cmp(&big_right));
            prop_assert_eq!(left == right, big_left == big_right);
            prop_assert_eq!(left.to_string(), big_left.to_string());
            prop_assert_eq!(Fraction::parse(&left.to_string()), Some(left));
        }
    }

    #[test]
    fn what_is_no_fraction_is_not_read() {
        for text in ["", "1/0", "1/", "/1", "a", "1/2/3", "1.5", "9999999999999999999999/0"] {
            assert_eq!(Fraction::parse(text), None, "{text}");
        }
    }
}
