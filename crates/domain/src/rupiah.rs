//! Amounts of money.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// The most decimals of an amount, for sen.
const DECIMALS_MAX: u32 = 2;
/// The most digits before the point: a hundred times the budget of all of Indonesia.
const DIGITS_MAX: usize = 18;

/// An amount of rupiah, not negative, with the decimals that it was given with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rupiah(Decimal);

impl Rupiah {
    /// Reads an amount such as `1250000000` or `1250000000.00`.
    ///
    /// # Errors
    /// A [`Fault`] where it is no plain decimal, is negative, or has more than 2 decimals.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_number =
            |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        let is_plain = is_number(whole) && is_number(decimals) && whole.len() <= DIGITS_MAX;
        Decimal::from_str_exact(text)
            .ok()
            .filter(|amount| is_plain && amount.scale() <= DECIMALS_MAX)
            .map(Self)
            .ok_or_else(|| {
                let allowed = format!(
                    "an amount of rupiah such as 1250000000.00, with at most {DIGITS_MAX} digits and \
                     {DECIMALS_MAX} decimals"
                );
                Fault::new(text, allowed)
            })
    }

    /// Reads an amount that may be absent, which is the empty text.
    ///
    /// # Errors
    /// As [`Rupiah::parse`].
    pub fn parse_optional(text: &str) -> Result<Option<Self>, Fault> {
        if text.is_empty() { Ok(None) } else { Self::parse(text).map(Some) }
    }

    /// The amount.
    pub const fn amount(self) -> Decimal {
        self.0
    }
}

impl fmt::Display for Rupiah {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_keeps_the_decimals_that_it_was_given_with() {
        for text in ["0", "0.00", "1250000000", "1250000000.5", "999999999999999999.99"] {
            assert_eq!(Rupiah::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "-1",
            "+1",
            "1.",
            ".5",
            "1.234",
            "1e6",
            "1_000",
            "1.000.000",
            "9".repeat(19).as_str(),
        ] {
            assert_eq!(Rupiah::parse(text).unwrap_err().value, text);
        }
        assert_eq!(Rupiah::parse_optional(""), Ok(None));
    }
}
