//! What a client would like, by the header `Prefer` (RFC 7240).
//!
//! Preferences are wishes: one that nothing here knows is ignored, and so is a header that can't be
//! read.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use crate::transcode::options;

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// A preference that sets a field of a request.
#[derive(Clone, Debug)]
pub(crate) struct PreferenceField {
    preference: Preference,
    /// What `Preference-Applied` says of it.
    written: HeaderValue,
    field: FieldDescriptor,
}

impl PreferenceField {
    /// The preference as the contract has it.
    pub(crate) fn written(&self) -> &str {
        self.written.to_str().unwrap_or_default()
    }
}

/// One preference; an empty value is the same as none.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Preference {
    /// In small letters, as case doesn't matter.
    name: String,
    value: String,
}

/// The preferences that a contract knows, each once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(Vec<Preference>);

impl Known {
    /// Those of fields of any requests.
    pub(crate) fn of<'f>(fields: impl Iterator<Item = &'f PreferenceField>) -> Self {
        let mut known = Vec::new();
        for PreferenceField { preference, .. } in fields {
            if !known.contains(preference) {
                known.push(preference.clone());
            }
        }
        Self(known)
    }

    /// Which of them a client has: all that an answer can differ by, whatever else it writes.
    pub(crate) fn given(&self, headers: &HeaderMap) -> Vec<usize> {
        if self.0.is_empty() || !headers.contains_key(PREFER) {
            return Vec::new();
        }
        let given = read(headers);
        let is_given = |(index, wanted)| is_given(wanted, &given).then_some(index);
        self.0.iter().enumerate().filter_map(is_given).collect()
    }
}

/// Whether a preference is among those of a client; of those of one name the first counts.
fn is_given(wanted: &Preference, given: &[Preference]) -> bool {
    given.iter().find(|preference| preference.name == wanted.name) == Some(wanted)
}

/// The preferences that a contract gives to the fields of a request.
pub(crate) fn fields(input: &MessageDescriptor) -> Vec<PreferenceField> {
    let fields = input.fields().filter(|field| field.kind() == Kind::Bool && !field.is_list());
    let read = |field: FieldDescriptor| {
        let written = options::preference(&field)?;
        let [preference] = <[_; 1]>::try_from(read_list(&written)?).ok()?;
        Some(PreferenceField { preference, written: written.try_into().ok()?, field })
    };
    fields.filter_map(read).collect()
}

/// Sets the fields that are preferred, and gives what `Preference-Applied` says of them.
pub(crate) fn apply(
    known: &[PreferenceField],
    headers: &HeaderMap,
    request: &mut DynamicMessage,
) -> Vec<HeaderValue> {
    if known.is_empty() || !headers.contains_key(PREFER) {
        return Vec::new();
    }
    let given = read(headers);
    let applied = known.iter().filter(|known| is_given(&known.preference, &given));
    applied
        .map(|known| {
            request.set_field(&known.field, Value::Bool(true));
            known.written.clone()
        })
        .collect()
}

/// Takes back what a preference or a parameter set, for an answer that couldn't show it.
pub(crate) fn clear(known: &[PreferenceField], request: &mut DynamicMessage) {
    for known in known {
        request.clear_field(&known.field);
    }
}

/// How long a client would wait for an answer, in whole seconds (RFC 7240, 4.3).
///
/// No time at all can't be kept, and is no wish.
pub(crate) fn wait(headers: &HeaderMap) -> Option<Duration> {
    if !headers.contains_key(PREFER) {
        return None;
    }
    let wait = read(headers).into_iter().find(|preference| preference.name == "wait")?;
    wait.value.parse().ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
}

/// What `Preference-Applied` says of a wait that is kept.
pub(crate) fn written_wait(wait: Duration) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("wait={}", wait.as_secs())).ok()
}

/// The preferences of all lines that can be read.
fn read(headers: &HeaderMap) -> Vec<Preference> {
    let lines = headers.get_all(PREFER).iter().filter_map(|line| line.to_str().ok());
    lines.filter_map(read_list).flatten().collect()
}

fn read_list(text: &str) -> Option<Vec<Preference>> {
    let mut preferences = Vec::new();
    let mut rest = Rest(text);
    loop {
        // Empty elements of a list are allowed.
        while rest.eats(',') {}
        if rest.0.is_empty() {
            return Some(preferences);
        }
        let (name, value) = rest.pair()?;
        preferences.push(Preference { name: name.to_ascii_lowercase(), value });
        while rest.eats(';') {
            if !rest.0.starts_with([',', ';']) && !rest.0.is_empty() {
                rest.pair()?;
            }
        }
        if !rest.0.is_empty() && !rest.0.starts_with(',') {
            return None;
        }
    }
}

/// What is left of a header.
struct Rest<'t>(&'t str);

impl<'t> Rest<'t> {
    /// Takes a character and the blanks around it, if it is the next.
    fn eats(&mut self, character: char) -> bool {
        self.0 = self.0.trim_start_matches([' ', '\t']);
        let after = self.0.strip_prefix(character);
        self.0 = after.unwrap_or(self.0).trim_start_matches([' ', '\t']);
        after.is_some()
    }

    fn pair(&mut self) -> Option<(&'t str, String)> {
        let name = self.token()?;
        let value = if self.eats('=') { self.word()? } else { String::new() };
        self.0 = self.0.trim_start_matches([' ', '\t']);
        Some((name, value))
    }

    fn token(&mut self) -> Option<&'t str> {
        let end = self.0.find(|character| !is_token_character(character)).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(token).filter(|token| !token.is_empty())
    }

    fn word(&mut self) -> Option<String> {
        let Some(quoted) = self.0.strip_prefix('"') else {
            return self.token().map(str::to_owned);
        };
        let mut word = String::new();
        let mut characters = quoted.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => word.push(characters.next()?),
                character => word.push(character),
            }
        }
        self.0 = characters.as_str();
        Some(word)
    }
}

fn is_token_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(lines: &[&'static str]) -> Vec<(String, String)> {
        let lines = lines.iter().map(|line| (PREFER, HeaderValue::from_static(line)));
        let preferences = read(&lines.collect());
        preferences.into_iter().map(|Preference { name, value }| (name, value)).collect()
    }

    #[test]
    fn preferences_are_read_over_all_lines_with_their_parameters_left_aside() {
        for (lines, expected) in [
            (&[][..], &[][..]),
            (&["count=exact"], &[("count", "exact")]),
            (&["Count = \"exact\""], &[("count", "exact")]),
            (&[r#"a="x\"y,;z", b"#], &[("a", "x\"y,;z"), ("b", "")]),
            (
                &["respond-async, wait=10;foo=\"a,b\" ; bar"],
                &[("respond-async", ""), ("wait", "10")],
            ),
            (&[", ,a,,b=\"\"", "c;"], &[("a", ""), ("b", ""), ("c", "")]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            assert_eq!(pairs(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_says_nothing() {
        for line in ["=", "a=", "a b", "a=\"x", "a=\"x\"y", "a;=", "a==b", "(a)", "count=exact, \""]
        {
            assert_eq!(pairs(&[line]), [], "{line}");
        }
        assert_eq!(pairs(&["a=\"", "b"]), [("b".to_owned(), String::new())]);
    }

    #[test]
    fn a_wait_is_a_number_of_seconds() {
        for (line, expected) in [
            ("wait=10", Some(10)),
            ("respond-async, WAIT=\"3\"; foo", Some(3)),
            ("wait=2, wait=5", Some(2)),
            ("wait=0", None),
            ("wait", None),
            ("wait=-1", None),
            ("wait=1.5", None),
            ("wait=99999999999999999999", None),
            ("other=1", None),
        ] {
            let headers = [(PREFER, HeaderValue::from_static(line))].into_iter().collect();
            assert_eq!(wait(&headers), expected.map(Duration::from_secs), "{line}");
        }
    }
}
