//! Fields by which items are filtered and ordered, their kinds and their values.

use std::{borrow::Cow, cmp::Ordering};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use rust_decimal::Decimal;

use crate::fault::Fault;

/// What can be filtered and ordered.
pub trait Filterable: Sized + 'static {
    /// The fields that a filter may name.
    const FIELDS: &'static [Field<Self>];
}

/// A field of `T`.
pub struct Field<T> {
    /// Its name in the API, with the names of what it lies in: `scale.minimum`.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) is_searched: bool,
    pub(super) value: fn(&T) -> Value<'_>,
}

impl<T> Field<T> {
    /// A field that must be named to be looked at.
    pub const fn new(name: &'static str, kind: Kind, value: fn(&T) -> Value<'_>) -> Self {
        Self { name, kind, is_searched: false, value }
    }

    /// A field of text that a bare word in a filter searches too.
    pub const fn searched(name: &'static str, kind: Kind, value: fn(&T) -> Value<'_>) -> Self {
        Self { name, kind, is_searched: true, value }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

/// The place in `fields` of the one that is called `name`, in `snake_case` or `lowerCamelCase`.
///
/// # Errors
/// A [`Fault`] that lists the fields.
pub(super) fn find<T>(fields: &[Field<T>], name: &str) -> Result<usize, Fault> {
    let mut snake = String::with_capacity(name.len());
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    fields.iter().position(|field| field.name == name || field.name == snake).ok_or_else(|| {
        let names: Vec<_> = fields.iter().map(Field::name).collect();
        Fault::new(name, format!("one of the fields {}", names.join(", ")))
    })
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text, in the order of its code points.
    Text,
    /// One of fixed words, in their fixed order.
    Word {
        /// The words: `kota`.
        words: &'static [&'static str],
        /// What an enumeration of the API has before them: `KIND` for `KIND_KOTA`.
        prefix: &'static str,
    },
    /// `true` or `false`.
    Boolean,
    /// An integer.
    Integer,
    /// An exact decimal.
    Decimal,
    /// A day.
    Date,
    /// A point in time.
    Time,
    /// Any number of these.
    List(&'static Kind),
}

/// The value of a field. An empty text or list is a missing value, as it is in the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// There is none.
    Missing,
    /// Text.
    Text(Cow<'a, str>),
    /// The word, without a prefix.
    Word(&'static str),
    /// Yes or no.
    Boolean(bool),
    /// An integer.
    Integer(i64),
    /// A decimal.
    Decimal(Decimal),
    /// A day.
    Date(NaiveDate),
    /// A point in time.
    Time(DateTime<Utc>),
    /// Several values of one kind.
    List(Vec<Value<'a>>),
}

impl<'a> Value<'a> {
    /// A text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// Whether there is none.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::Missing => true,
            Self::Text(text) => text.is_empty(),
            Self::List(values) => values.is_empty(),
            Self::Word(_)
            | Self::Boolean(_)
            | Self::Integer(_)
            | Self::Decimal(_)
            | Self::Date(_)
            | Self::Time(_) => false,
        }
    }

    /// The value by itself, for as long as anyone keeps it.
    pub(super) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Missing => Value::Missing,
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Word(word) => Value::Word(word),
            Self::Boolean(boolean) => Value::Boolean(boolean),
            Self::Integer(integer) => Value::Integer(integer),
            Self::Decimal(decimal) => Value::Decimal(decimal),
            Self::Date(date) => Value::Date(date),
            Self::Time(time) => Value::Time(time),
            Self::List(values) => Value::List(values.into_iter().map(Value::into_owned).collect()),
        }
    }

    /// The value as [`Kind::parse`] reads it; `None` where it is missing or a list.
    pub(super) fn written(&self) -> Option<String> {
        match self {
            Self::Missing | Self::List(_) => None,
            Self::Text(text) => (!text.is_empty()).then(|| text.to_string()),
            Self::Word(word) => Some((*word).to_owned()),
            Self::Boolean(boolean) => Some(boolean.to_string()),
            Self::Integer(integer) => Some(integer.to_string()),
            Self::Decimal(decimal) => Some(decimal.to_string()),
            Self::Date(date) => Some(date.to_string()),
            Self::Time(time) => Some(time.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        }
    }
}

impl<'a> From<Option<Value<'a>>> for Value<'a> {
    fn from(value: Option<Value<'a>>) -> Self {
        value.unwrap_or(Self::Missing)
    }
}

impl Kind {
    /// Reads a value of this kind; of a list, one of its values.
    ///
    /// # Errors
    /// A [`Fault`] that says how such a value is written.
    pub fn parse(&self, text: &str) -> Result<Value<'static>, Fault> {
        let value = match self {
            Self::Text => Some(Value::text(text.to_owned())),
            Self::Word { words, prefix } => parse_word(text, words, prefix),
            Self::Boolean => text.parse().ok().map(Value::Boolean),
            Self::Integer => {
                is_integer(text).then(|| text.parse().ok().map(Value::Integer)).flatten()
            }
            Self::Decimal => parse_decimal(text).map(Value::Decimal),
            Self::Date => parse_date(text).map(Value::Date),
            Self::Time => DateTime::parse_from_rfc3339(text)
                .ok()
                .map(|time| Value::Time(time.with_timezone(&Utc))),
            Self::List(kind) => return kind.parse(text),
        };
        value.ok_or_else(|| Fault::new(text, self.allowed()))
    }

    /// How two values compare, neither of which is missing.
    pub(super) fn compare(&self, left: &Value<'_>, right: &Value<'_>) -> Ordering {
        match (left, right) {
            (Value::Text(left), Value::Text(right)) => left.cmp(right),
            (Value::Word(left), Value::Word(right)) => self.place(left).cmp(&self.place(right)),
            (Value::Boolean(left), Value::Boolean(right)) => left.cmp(right),
            (Value::Integer(left), Value::Integer(right)) => left.cmp(right),
            (Value::Decimal(left), Value::Decimal(right)) => left.cmp(right),
            (Value::Date(left), Value::Date(right)) => left.cmp(right),
            (Value::Time(left), Value::Time(right)) => left.cmp(right),
            _ => unreachable!("a field gives values of its kind: {left:?}, {right:?}"),
        }
    }

    /// Whether `<` and `>` make sense; AIP-160 has none for booleans and enumerations.
    pub(super) fn has_order(&self) -> bool {
        match self {
            Self::Text | Self::Integer | Self::Decimal | Self::Date | Self::Time => true,
            Self::Word { .. } | Self::Boolean | Self::List(_) => false,
        }
    }

    fn place(&self, word: &str) -> Option<usize> {
        match self {
            Self::Word { words, prefix: _ } => words.iter().position(|each| *each == word),
            Self::List(kind) => kind.place(word),
            _ => None,
        }
    }

    fn allowed(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Word { words, prefix: _ } => format!("one of {}", words.join(", ")),
            Self::Boolean => "true or false".to_owned(),
            Self::Integer => "an integer such as 2022, of 64 bits".to_owned(),
            Self::Decimal => "a decimal such as 3.60, of at most 28 digits".to_owned(),
            Self::Date => "a date such as 2024-12-31".to_owned(),
            Self::Time => "a time with its offset, such as 2024-12-31T08:00:00+07:00".to_owned(),
            Self::List(kind) => kind.allowed(),
        }
    }
}

fn parse_word(text: &str, words: &[&'static str], prefix: &str) -> Option<Value<'static>> {
    let is_it = |word: &str| {
        let rest = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_'));
        word == text || rest.is_some_and(|rest| rest == word.to_ascii_uppercase())
    };
    words.iter().find(|word| is_it(word)).map(|word| Value::Word(word))
}

fn parse_date(text: &str) -> Option<NaiveDate> {
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    // chrono also reads `2024-1-5`, which would sort elsewhere as text.
    (date.to_string() == text).then_some(date)
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads a decimal with or without an exponent, and never rounds it.
fn parse_decimal(text: &str) -> Option<Decimal> {
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_plain = is_integer(whole) && is_integer(fraction) && !fraction.starts_with('-');
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    if !is_plain || !is_integer(exponent) {
        return None;
    }
    let decimal = Decimal::from_str_exact(number).ok()?;
    let scale = i64::from(decimal.scale()).checked_sub(exponent.parse().ok()?)?;
    if let Ok(scale) = u32::try_from(scale) {
        return Decimal::try_from_i128_with_scale(decimal.mantissa(), scale).ok();
    }
    let factor = 10_i128.checked_pow(u32::try_from(scale.checked_neg()?).ok()?)?;
    Decimal::try_from_i128_with_scale(decimal.mantissa().checked_mul(factor)?, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_read_exactly_or_refused() {
        for (text, decimal) in [
            ("3.60", "3.60"),
            ("-0.5", "-0.5"),
            ("2.997e9", "2997000000"),
            ("25E-1", "2.5"),
            ("1e+28", "10000000000000000000000000000"),
            ("0e5", "0"),
        ] {
            assert_eq!(parse_decimal(text), Some(decimal.parse().unwrap()), "{text}");
        }
        for text in [
            "",
            "-",
            "1.",
            ".5",
            "1_000",
            "+1",
            "1e",
            "e1",
            "1.-5",
            "NaN",
            "inf",
            "1e29",
            "1e-29",
            "1e99999999999999999999",
            "1e-9223372036854775808",
            "0.00000000000000000000000000001",
            "99999999999999999999999999999",
        ] {
            assert_eq!(parse_decimal(text), None, "{text}");
        }
    }

    #[test]
    fn values_are_written_as_they_are_read() {
        let words = Kind::Word { words: &["kota"], prefix: "KIND" };
        for (kind, text) in [
            (Kind::Text, "a b"),
            (words, "kota"),
            (Kind::Boolean, "false"),
            (Kind::Integer, "-9223372036854775808"),
            (Kind::Decimal, "3.60"),
            (Kind::Date, "2024-02-29"),
            (Kind::Time, "2024-02-29T10:00:00.123456789Z"),
            (Kind::List(&Kind::Boolean), "true"),
        ] {
            assert_eq!(kind.parse(text).unwrap().written().as_deref(), Some(text));
        }
        assert_eq!(words.parse("KIND_KOTA").unwrap(), Value::Word("kota"));
    }

    #[test]
    fn words_of_a_list_differ_as_words_do() {
        const WORD: Kind = Kind::Word { words: &["kabupaten", "kota"], prefix: "KIND" };
        for kind in [WORD, Kind::List(&WORD)] {
            let ordering = kind.compare(&Value::Word("kabupaten"), &Value::Word("kota"));
            assert_eq!(ordering, Ordering::Less);
        }
    }

    #[test]
    fn a_value_of_another_kind_is_refused_with_how_it_is_written() {
        let words = Kind::Word { words: &["kabupaten", "kota"], prefix: "KIND" };
        for (kind, text, allowed) in [
            (words, "KOTA", "one of kabupaten, kota"),
            (words, "KIND_kota", "one of kabupaten, kota"),
            (words, "KIND_UNSPECIFIED", "one of kabupaten, kota"),
            (Kind::Boolean, "TRUE", "true or false"),
            (Kind::Integer, "2022.0", "an integer such as 2022, of 64 bits"),
            (Kind::Integer, "9223372036854775808", "an integer such as 2022, of 64 bits"),
            (Kind::Date, "2024-1-5", "a date such as 2024-12-31"),
            (Kind::Date, "2023-02-29", "a date such as 2024-12-31"),
            (
                Kind::Time,
                "2024-12-31T08:00:00",
                "a time with its offset, such as 2024-12-31T08:00:00+07:00",
            ),
        ] {
            let fault = kind.parse(text).unwrap_err();
            assert_eq!((fault.value.as_str(), fault.allowed.as_str()), (text, allowed));
        }
    }
}
