//! What one cell of a spreadsheet holds.

use std::borrow::Cow;

use crate::{fault::Fault, name::RegionCode};

/// What one cell holds, as far as it can be read without loss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing.
    Empty,
    /// A text, as it stands there.
    Text(Cow<'a, str>),
    /// A number, in its shortest decimal form.
    Number(String),
    /// A truth value.
    Boolean(bool),
    /// Something that no column takes: a date, an error, a percentage.
    Other {
        /// How it is shown.
        shown: String,
        /// What is to stand there instead.
        allowed: &'static str,
    },
}

impl<'a> Cell<'a> {
    /// A cell with a text, without the blanks around it, which nobody sees.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let trimmed = match text.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        };
        if trimmed.is_empty() { Self::Empty } else { Self::Text(trimmed) }
    }

    /// What the cell says; empty where it is.
    ///
    /// # Errors
    /// A [`Fault`] where it can't be read without loss.
    pub(super) fn read(&self) -> Result<&str, Fault> {
        match self {
            Self::Empty => Ok(""),
            Self::Text(text) => Ok(text),
            Self::Number(digits) => Ok(digits),
            Self::Boolean(true) => Ok("TRUE"),
            Self::Boolean(false) => Ok("FALSE"),
            Self::Other { shown, allowed } => Err(Fault::new(shown, *allowed)),
        }
    }

    /// The cell as a person sees it.
    pub(super) fn shown(&self) -> &str {
        match self {
            Self::Other { shown, .. } => shown,
            readable => readable.read().unwrap_or_default(),
        }
    }

    /// Reads a code. A spreadsheet takes `33.10` for a number and drops its zero; as all codes have two
    /// digits behind the dot, the number still tells which one it was. A text does not: whoever wrote
    /// it may have meant another.
    pub(super) fn read_region(&self) -> Result<RegionCode, Fault> {
        let text = self.read()?;
        let code = match (self, text.split_once('.')) {
            (Self::Number(_), Some((province, rest))) if rest.len() == 1 => {
                Cow::Owned(format!("{province}.{rest}0"))
            }
            _ => Cow::Borrowed(text),
        };
        RegionCode::parse(&code).map_err(|fault| Fault::new(text, fault.allowed))
    }

    /// Reads a truth value; an empty cell is false.
    pub(super) fn read_boolean(&self) -> Result<bool, Fault> {
        let text = self.read()?;
        match text.to_uppercase().as_str() {
            "TRUE" | "YA" => Ok(true),
            "" | "FALSE" | "TIDAK" => Ok(false),
            _ => Err(Fault::new(text, "TRUE, FALSE, YA, TIDAK or an empty cell")),
        }
    }

    /// Reads a whole number.
    pub(super) fn read_integer(&self) -> Result<i32, Fault> {
        let text = self.read()?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_plain).ok_or_else(|| Fault::new(text, "a whole number"))
    }

    /// What the cell says, where it is a decimal: with a point.
    pub(super) fn read_decimal(&self) -> Result<&str, Fault> {
        let text = self.read()?;
        if text.contains(',') {
            return Err(Fault::new(text, "a decimal with a point in place of the comma"));
        }
        Ok(text)
    }
}
