//! How the words and numbers of a result file are read.

use serde::{Deserialize as _, Deserializer, de::Error as _};

use crate::contract;

/// Reads a word of an enumeration of the contract, without its prefix, as its number.
fn word<'de, D: Deserializer<'de>>(deserializer: D, enumeration: &str) -> Result<i32, D::Error> {
    let given = String::deserialize(deserializer)?;
    let words = contract::words(enumeration);
    if let Some((_, number)) = words.iter().find(|(word, _)| *word == given) {
        return Ok(*number);
    }
    let allowed: Vec<_> = words.iter().map(|(word, _)| word.as_str()).collect();
    Err(D::Error::custom(format!("{given:?} is not allowed; allowed is {}", allowed.join(", "))))
}

pub(super) fn pillar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    word(deserializer, "Pillar")
}

pub(super) fn component<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    word(deserializer, "Component")
}

pub(super) fn derivation<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    word(deserializer, "Instrument.Derivation")
}

pub(super) fn normalisation<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    word(deserializer, "Instrument.Normalisation")
}

pub(super) fn aggregation<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    word(deserializer, "Instrument.Aggregation")
}

pub(super) fn measure<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    word(deserializer, "PublishedFigure.Measure")
}

pub(super) fn region_kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    word(deserializer, "Region.Kind")
}

/// Reads a decimal, which is a string so that no digit is lost.
pub(super) fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if contract::is_unsigned_decimal(text.strip_prefix('-').unwrap_or(&text)) {
        Ok(text)
    } else {
        Err(D::Error::custom(format!(
            "{text:?} is not allowed; allowed is a decimal such as \"3.60\""
        )))
    }
}
