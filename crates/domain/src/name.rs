//! Names of things: Kemendagri codes, ids, and texts with a length.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    fault::{Fault, Faults},
    vocabulary::RegionKind,
};

/// The longest display name, in characters: the longest official name of a region has 44, and a
/// programme is named in a sentence at most.
pub const DISPLAY_NAME_MAX_CHARACTERS: usize = 200;
/// The longest source, reason or other free text, in characters: a reference or a short paragraph.
pub const TEXT_MAX_CHARACTERS: usize = 1_000;
/// The longest id, in characters: a DNS label's length, so that ids fit in host names and files.
pub const ID_MAX_CHARACTERS: usize = 63;

/// A Kemendagri code with its dots: `33` (a province) or `33.05` (a kabupaten or kota).
///
/// The dots are part of it: BPS codes of the same digits name other regions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionCode(String);

impl RegionCode {
    /// Reads a code.
    ///
    /// # Errors
    /// A [`Fault`] where it is neither `NN` nor `NN.NN`.
    pub fn parse(code: &str) -> Result<Self, Fault> {
        let is_part =
            |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        let is_code = match code.split_once('.') {
            None => is_part(code),
            Some((province, rest)) => is_part(province) && is_part(rest),
        };
        if is_code {
            Ok(Self(code.to_owned()))
        } else {
            Err(Fault::new(code, "a Kemendagri code with its dots, such as 33 or 33.05"))
        }
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code of the province in which the region lies; `None` for a province.
    pub fn province(&self) -> Option<Self> {
        self.0.split_once('.').map(|(province, _)| Self(province.to_owned()))
    }

    /// Whether a region of this kind can have this code.
    ///
    /// # Errors
    /// A [`Fault`] where a province has two parts or another region has one.
    pub fn check_kind(&self, kind: RegionKind) -> Result<(), Fault> {
        if (kind == RegionKind::Province) == self.province().is_none() {
            Ok(())
        } else {
            Err(Fault::new(
                kind,
                format!(
                    "province for a code like 33, kabupaten or kota for one like 33.05; the code is {self}"
                ),
            ))
        }
    }
}

/// Defines an id of lower-case letters, digits and hyphens.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads an id.
            ///
            /// # Errors
            /// A [`Fault`] where it is not 1 to 63 characters of `a-z`, `0-9` and inner `-`.
            pub fn parse(id: &str) -> Result<Self, Fault> {
                parse_id(id).map(Self)
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        text_conversions!($name);
    };
}

/// Display, and the conversions by which serde reads through `parse`.
macro_rules! text_conversions {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Fault;

            fn try_from(text: String) -> Result<Self, Fault> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    };
}

text_conversions!(RegionCode);

id! {
    /// The id of a cohort: `smart-governance-2021`.
    CohortId
}
id! {
    /// The id of an instrument: `kominfo-2022`.
    InstrumentId
}
id! {
    /// The id of a cycle: `2022`, `2024-1`.
    CycleId
}
id! {
    /// The id of a programme within its region: `balada-pak-kis`.
    ProgramId
}
id! {
    /// The id of a piece of evidence within its evaluation: `sk-bupati-2022`.
    EvidenceId
}

fn parse_id(id: &str) -> Result<String, Fault> {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_id = (1..=ID_MAX_CHARACTERS).contains(&id.len())
        && id.bytes().all(inner)
        && !id.starts_with('-')
        && !id.ends_with('-');
    if is_id {
        Ok(id.to_owned())
    } else {
        Err(Fault::new(
            id,
            "1 to 63 characters of a-z, 0-9 and -, with a letter or digit at both ends",
        ))
    }
}

/// Reads a display name: 1 to 200 characters, without control characters or blanks at its ends.
///
/// # Errors
/// A [`Fault`] otherwise.
pub fn parse_display_name(text: &str) -> Result<String, Fault> {
    parse_text(text, 1, DISPLAY_NAME_MAX_CHARACTERS)
}

/// Reads a required text, such as a source: 1 to 1,000 characters.
///
/// # Errors
/// A [`Fault`] otherwise.
pub fn parse_required_text(text: &str) -> Result<String, Fault> {
    parse_text(text, 1, TEXT_MAX_CHARACTERS)
}

/// Reads a text that may be empty: at most 1,000 characters.
///
/// # Errors
/// A [`Fault`] otherwise.
pub fn parse_optional_text(text: &str) -> Result<String, Fault> {
    parse_text(text, 0, TEXT_MAX_CHARACTERS)
}

/// Reads a text to search names for: at most 200 characters, without control characters.
///
/// Blanks at its ends count: `Kota ` finds no Kotawaringin.
///
/// # Errors
/// A [`Fault`] otherwise.
pub fn parse_search_text(text: &str) -> Result<String, Fault> {
    let is_text =
        text.chars().count() <= DISPLAY_NAME_MAX_CHARACTERS && !text.chars().any(char::is_control);
    if is_text {
        Ok(text.to_owned())
    } else {
        let shown: String = text.chars().take(DISPLAY_NAME_MAX_CHARACTERS).collect();
        let allowed =
            format!("at most {DISPLAY_NAME_MAX_CHARACTERS} characters, without control characters");
        Err(Fault::new(shown, allowed))
    }
}

/// Reads the display name and the source that most resources have.
///
/// # Errors
/// [`Faults`] of `display_name` and `source`.
pub fn parse_display_name_and_source(
    display_name: &str,
    source: &str,
) -> Result<(String, String), Faults> {
    let mut faults = Faults::none();
    let display_name = faults.keep("display_name", parse_display_name(display_name));
    let source = faults.keep("source", parse_required_text(source));
    faults.into_result(display_name.zip(source))
}

fn parse_text(text: &str, minimum: usize, maximum: usize) -> Result<String, Fault> {
    let is_text = (minimum..=maximum).contains(&text.chars().count())
        && !text.chars().any(char::is_control)
        && text.trim() == text;
    if is_text {
        Ok(text.to_owned())
    } else {
        Err(Fault::new(
            text,
            format!(
                "{minimum} to {maximum} characters, without control characters or blanks at the ends"
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_region_code_keeps_its_dots() {
        for code in ["33", "33.05", "94.04"] {
            assert_eq!(RegionCode::parse(code).unwrap().as_str(), code);
        }
        for code in ["", "3", "3305", "33.5", "33.05.01", "33.", ".05", "aa.bb", "33,05", "٣٣"] {
            let fault = RegionCode::parse(code).unwrap_err();
            assert_eq!(fault.value, code);
        }
    }

    #[test]
    fn a_kind_fits_the_parts_of_its_code() {
        let province = RegionCode::parse("33").unwrap();
        let regency = RegionCode::parse("33.05").unwrap();
        assert!(province.check_kind(RegionKind::Province).is_ok());
        assert!(regency.check_kind(RegionKind::Kabupaten).is_ok());
        assert!(province.check_kind(RegionKind::Kota).is_err());
        assert!(regency.check_kind(RegionKind::Province).is_err());
        assert_eq!(regency.province(), Some(province));
    }

    #[test]
    fn an_id_has_a_letter_or_digit_at_both_ends() {
        for id in ["2022", "2024-1", "a", &"a".repeat(ID_MAX_CHARACTERS)] {
            assert!(CycleId::parse(id).is_ok(), "{id}");
        }
        for id in ["", "-a", "a-", "A", "a_b", "a/b", "-", &"a".repeat(ID_MAX_CHARACTERS + 1)] {
            assert!(CycleId::parse(id).is_err(), "{id}");
        }
    }

    #[test]
    fn a_text_is_bounded_in_characters_not_bytes() {
        assert!(parse_display_name(&"é".repeat(DISPLAY_NAME_MAX_CHARACTERS)).is_ok());
        assert!(parse_display_name(&"é".repeat(DISPLAY_NAME_MAX_CHARACTERS + 1)).is_err());
        assert!(parse_display_name("").is_err());
        assert!(parse_display_name(" Kebumen").is_err());
        assert!(parse_display_name("Kebu\nmen").is_err());
        assert!(parse_optional_text("").is_ok());
    }

    #[test]
    fn a_search_text_may_have_blanks_at_its_ends() {
        assert_eq!(parse_search_text("Kota ").as_deref(), Ok("Kota "));
        assert!(parse_search_text("").is_ok());
        assert!(parse_search_text(&"é".repeat(DISPLAY_NAME_MAX_CHARACTERS)).is_ok());
        for text in ["a\0b".to_owned(), "é".repeat(DISPLAY_NAME_MAX_CHARACTERS + 1)] {
            assert!(parse_search_text(&text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_parsed_code_is_written_as_it_was_read(code in "[0-9]{2}(\\.[0-9]{2})?") {
            prop_assert_eq!(RegionCode::parse(&code).unwrap().to_string(), code);
        }

        #[test]
        fn no_text_makes_a_parser_panic(text in "\\PC*") {
            let _ = (RegionCode::parse(&text), ProgramId::parse(&text), parse_required_text(&text));
        }
    }
}
