//! What is irrational, by integers: roots and weighted geometric means, rounded half up.
//!
//! Of geometric means numbers are fixed-point integers of [`FRACTION_BITS`]. The series are cut where their terms vanish,
//! so a result is off by some hundred units of the last bit at most, 10^-70.

use std::sync::LazyLock;

use num_bigint::BigInt;
use num_traits::{One as _, Signed as _, ToPrimitive as _, Zero as _};

use crate::exact::Exact;

/// How many decimals an irrational result is rounded to: more than anything that is shown, so that
/// it decides no rank that the inputs do not.
pub const DECIMALS: u32 = 12;

/// Bits behind the point: some 77 decimals.
const FRACTION_BITS: u32 = 256;
/// How near a tie a value is taken for one, in bits behind the point: far above the error, and nearer
/// than anything but a tie comes.
const TIE_BITS: u32 = 200;

static LN_2: LazyLock<BigInt> = LazyLock::new(|| ln_near_one(&(one() * 2)));

/// The square root of a number that is not negative, with the sign that is asked for, rounded half up
/// (away from 0) to [`DECIMALS`].
pub fn signed_root(square: &Exact, is_negative: bool) -> Exact {
    let root = square.square_root(DECIMALS).map_or(Exact::from(0), Exact::from);
    if is_negative { Exact::from(0) - &root } else { root }
}

/// exp(sum of (weight x ln value) / sum of weights), rounded half up to [`DECIMALS`] (`COINr`'s
/// `a_gmean`); `None` where the weights sum to 0. The values are above 0.
pub(super) fn weighted_geometric_mean<'a>(
    pairs: impl Iterator<Item = (&'a Exact, &'a Exact)> + Clone,
) -> Option<Exact> {
    let total: Exact = pairs.clone().map(|(weight, _)| weight.clone()).sum();
    if !total.is_positive() {
        return None;
    }
    let exponent = pairs.fold(BigInt::zero(), |sum, (weight, value)| {
        let (numerator, denominator) = (weight.clone() / &total).to_integers();
        sum + ln(value) * numerator / denominator
    });
    let unit = BigInt::from(10).pow(DECIMALS);
    let half = one() / 2 + (BigInt::one() << (FRACTION_BITS - TIE_BITS));
    let rounded: BigInt = (exp(&exponent) * &unit + half) >> FRACTION_BITS;
    Exact::quotient(rounded, unit)
}

fn one() -> BigInt {
    BigInt::one() << FRACTION_BITS
}

/// The natural logarithm of a number above 0.
fn ln(value: &Exact) -> BigInt {
    let (numerator, denominator) = value.to_integers();
    // value = mantissa x 2^power, with the mantissa from 1/2 to 2.
    let power = bits(&numerator) - bits(&denominator);
    let mantissa = if power >= 0 {
        (numerator << FRACTION_BITS) / (denominator << power)
    } else {
        (numerator << (i64::from(FRACTION_BITS) - power)) / denominator
    };
    ln_near_one(&mantissa) + &*LN_2 * power
}

fn bits(integer: &BigInt) -> i64 {
    i64::try_from(integer.bits()).unwrap_or(i64::MAX)
}

/// ln m = 2 (y + y^3/3 + y^5/5 + ...) with y = (m - 1) / (m + 1), of a number from 1/2 to 2, for which
/// |y| is at most 1/3.
fn ln_near_one(mantissa: &BigInt) -> BigInt {
    let y = ((mantissa - one()) << FRACTION_BITS) / (mantissa + one());
    let square = times(&y, &y);
    let (mut power, mut sum) = (y.clone(), BigInt::zero());
    for odd in (1_u32..).step_by(2) {
        let term = &power / odd;
        if term.is_zero() {
            break;
        }
        sum += term;
        power = times(&power, &square);
    }
    sum * 2
}

/// e^x = 2^q e^r with x = q ln 2 + r and r from 0 to ln 2: 1 + r + r^2/2! + ...
fn exp(exponent: &BigInt) -> BigInt {
    let mut quotient = exponent / &*LN_2;
    if (exponent - &quotient * &*LN_2).is_negative() {
        quotient -= 1;
    }
    let rest = exponent - &quotient * &*LN_2;
    let (mut term, mut sum) = (one(), one());
    for count in 1_u32.. {
        term = times(&term, &rest) / count;
        if term.is_zero() {
            break;
        }
        sum += &term;
    }
    // The logarithms of bounded input are small; so is what they are multiples of.
    match quotient.to_i64().unwrap_or_default() {
        left if left >= 0 => sum << left,
        right => sum >> right.unsigned_abs(),
    }
}

fn times(one: &BigInt, other: &BigInt) -> BigInt {
    (one * other) >> FRACTION_BITS
}
