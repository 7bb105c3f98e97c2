//! Why input is refused: the field, its value, and what is allowed.

use std::fmt;

/// How much of a refused value is shown, in characters: enough to find it, however long it is.
const SHOWN_CHARACTERS: usize = 100;

/// One refused value.
///
/// Parsers know the value and the rule; whoever knows where the value came from adds the field with
/// [`Fault::at`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The path of the field, such as `tallies[2].running`; empty until [`Fault::at`] names it.
    pub field: String,
    /// The refused value as it was given; one longer than 100 characters ends in `...`.
    pub value: String,
    /// What is allowed instead, a phrase: `at most planned, which is 10`.
    pub allowed: String,
}

impl Fault {
    /// A fault of `value`, whose field is not known yet.
    pub fn new(value: impl fmt::Display, allowed: impl Into<String>) -> Self {
        let mut value = value.to_string();
        if let Some((end, _)) = value.char_indices().nth(SHOWN_CHARACTERS) {
            value.truncate(end);
            value.push_str("...");
        }
        Self { field: String::new(), value, allowed: allowed.into() }
    }

    /// The same fault inside `parent`: `running` at `tallies[2]` is `tallies[2].running`.
    #[must_use]
    pub fn at(mut self, parent: &str) -> Self {
        self.field = match self.field.as_str() {
            "" => parent.to_owned(),
            field => format!("{parent}.{field}"),
        };
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(formatter, "{}: ", self.field)?;
        }
        write!(formatter, "{:?} is not allowed; allowed is {}", self.value, self.allowed)
    }
}

impl std::error::Error for Fault {}

/// All the faults of one input, so that a caller can mend them together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// No fault yet.
    pub fn none() -> Self {
        Self::default()
    }

    /// Notes one fault.
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Keeps what was parsed, or notes the fault of `field`.
    pub fn keep<T>(&mut self, field: &str, result: Result<T, impl Into<Faults>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(faults) => {
                self.0.extend(faults.into().0.into_iter().map(|fault| fault.at(field)));
                None
            }
        }
    }

    /// Keeps what was parsed, or notes faults that name their fields already.
    pub fn merge<T>(&mut self, result: Result<T, Faults>) -> Option<T> {
        result.map_err(|faults| self.0.extend(faults.0)).ok()
    }

    /// `value`, unless a fault was noted.
    ///
    /// # Errors
    /// The faults noted so far; also where `value` is absent, which follows from a noted fault.
    ///
    /// # Panics
    /// Where `value` is absent although no fault was noted: a mistake of the caller's.
    pub fn into_result<T>(self, value: Option<T>) -> Result<T, Faults> {
        if self.0.is_empty() {
            Ok(value.expect("a fault says why there is no value"))
        } else {
            Err(self)
        }
    }

    /// The faults, in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            fault.fmt(formatter)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
