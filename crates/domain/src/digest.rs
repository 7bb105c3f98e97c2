//! The name of a content: its SHA-256.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::fault::Fault;

/// The SHA-256 of a content, written as 64 lower-case hexadecimal digits.
///
/// Upper case is refused, so that a content has one name only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256Digest([u8; 32]);

impl Sha256Digest {
    /// The digest of `content`; takes about a second a gigabyte.
    pub fn of(content: &[u8]) -> Self {
        Self(Sha256::digest(content).into())
    }

    /// The digest that these bytes are.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest as bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads the hexadecimal digits.
    ///
    /// # Errors
    /// A [`Fault`] where they are not 64 of `0-9` and `a-f`.
    pub fn parse(digits: &str) -> Result<Self, Fault> {
        let refused =
            || Fault::new(digits, "a SHA-256 of 64 lower-case hexadecimal digits, 0-9 and a-f");
        let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
        let pairs: &[[u8; 2]; 32] = pairs.try_into().map_err(|_| refused())?;
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let (high, low) = nibble(*high).zip(nibble(*low)).ok_or_else(refused)?;
            *byte = high << 4 | low;
        }
        if rest.is_empty() { Ok(Self(bytes)) } else { Err(refused()) }
    }
}

/// The value of one lower-case hexadecimal digit.
const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl TryFrom<String> for Sha256Digest {
    type Error = Fault;

    fn try_from(digits: String) -> Result<Self, Fault> {
        Self::parse(&digits)
    }
}

impl From<Sha256Digest> for String {
    fn from(digest: Sha256Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Of FIPS 180-2, appendix B.1.
    const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_digest_is_the_one_of_the_standard() {
        assert_eq!(Sha256Digest::of(b"abc").to_string(), OF_ABC);
        assert_eq!(Sha256Digest::parse(OF_ABC), Ok(Sha256Digest::of(b"abc")));
    }

    #[test]
    fn anything_but_64_lower_case_digits_is_refused() {
        for digits in [
            "",
            "ba",
            &OF_ABC[1..],
            &format!("{OF_ABC}0"),
            &format!("{OF_ABC}00"),
            &OF_ABC.to_uppercase(),
            &OF_ABC.replace('b', "g"),
            &OF_ABC.replacen("ba", "é", 1),
        ] {
            let fault = Sha256Digest::parse(digits).unwrap_err();
            assert_eq!(fault.value, digits);
        }
    }

    #[test]
    fn a_digest_is_its_digits_in_json() {
        let digest = Sha256Digest::of(b"abc");
        let json = serde_json::to_string(&digest).unwrap();
        assert_eq!(json, format!("\"{OF_ABC}\""));
        assert_eq!(serde_json::from_str::<Sha256Digest>(&json).unwrap(), digest);
        assert!(serde_json::from_str::<Sha256Digest>("\"ba78\"").is_err());
    }

    proptest! {
        #[test]
        fn a_digest_is_read_as_it_was_written(bytes in any::<[u8; 32]>()) {
            let digest = Sha256Digest::from_bytes(bytes);
            prop_assert_eq!(Sha256Digest::parse(&digest.to_string()), Ok(digest));
            prop_assert_eq!(digest.as_bytes(), &bytes);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,80}") {
            let _ = Sha256Digest::parse(&text);
        }
    }
}
