//! Headers that set fields of a request, by the conventions of Google's AIPs.
//!
//! `Idempotency-Key` sets `request_id` (AIP-155), `If-Match` sets `etag` (AIP-154). On a safe
//! method they are left alone: there is nothing to repeat and nothing to overwrite. `Last-Event-ID`
//! sets the `cursor` of a request for a stream. `Prefer` is read by [`preference`][crate::transcode::preference].

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use prost_reflect::{DynamicMessage, Value};

use crate::transcode::{
    contract::{Binding, Body},
    etag::{self, EntityTags, Malformed},
    field::FieldPath,
    violation::{Violation, Violations, reason},
};

/// What a browser's `EventSource` has seen last when it connects again.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The longest key that is taken: several times a UUID, and each is kept with what it did.
const MAX_KEY_BYTES: usize = 200;

/// Whether a request can still meet its precondition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precondition {
    /// The server decides.
    Open,
    /// Its tag is one that no state has.
    Hopeless,
}

/// Sets the fields, and notes every header that can't.
pub(crate) fn bind(
    binding: &Binding,
    method: &Method,
    headers: &HeaderMap,
    request: &mut DynamicMessage,
    violations: &mut Violations,
) -> Precondition {
    if let Err(violation) = bind_last_event(binding, headers, request) {
        violations.push(violation);
    }
    if method.is_safe() {
        return Precondition::Open;
    }
    if headers.contains_key(header::IF_NONE_MATCH) {
        violations.push(unsupported("If-None-Match"));
    }
    if let Err(violation) = bind_key(binding, headers, request) {
        violations.push(violation);
    }
    bind_etag(binding, headers, request).unwrap_or_else(|violation| {
        violations.push(violation);
        Precondition::Open
    })
}

/// Lets a stream go on after the event that the client has seen last.
///
/// A browser connects again by the same URL, with the cursor that it began with; so what the query
/// says is older and gives way.
fn bind_last_event(
    binding: &Binding,
    headers: &HeaderMap,
    request: &mut DynamicMessage,
) -> Result<(), Violation> {
    const NAME: &str = "Last-Event-ID";
    let given = headers.get(LAST_EVENT_ID).filter(|id| !id.is_empty());
    let Some((stream, id)) = binding.stream.as_ref().zip(given) else {
        return Ok(());
    };
    let field = stream.cursor.as_ref().ok_or_else(|| unsupported(NAME))?;
    let cursor = str::from_utf8(id.as_bytes()).map_err(|_| invalid(NAME, "must be UTF-8"))?;
    let is_only_in_query = binding.body == Body::Nothing && !binding.variables.contains(field);
    if is_only_in_query {
        field.put(request, Value::String(cursor.to_owned()));
        return Ok(());
    }
    put(field, NAME, cursor.to_owned(), request)
}

fn bind_key(
    binding: &Binding,
    headers: &HeaderMap,
    request: &mut DynamicMessage,
) -> Result<(), Violation> {
    const NAME: &str = "Idempotency-Key";
    let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(key) = keys.next() else {
        return Ok(());
    };
    let field = binding.request_id.as_ref().ok_or_else(|| unsupported(NAME))?;
    if keys.next().is_some() {
        return Err(invalid(NAME, "is given twice; one key is taken"));
    }
    let key = read_key(key).ok_or_else(|| {
        invalid(NAME, &format!("must be 1 to {MAX_KEY_BYTES} visible ASCII characters"))
    })?;
    put(field, NAME, key, request)
}

/// Reads a key, given as it is or as a quoted string (RFC 8941).
fn read_key(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?.trim_matches(' ');
    let key = match text.strip_prefix('"') {
        None => text.to_owned(),
        Some(quoted) => unquote(quoted)?,
    };
    let is_right =
        (1..=MAX_KEY_BYTES).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
    is_right.then_some(key)
}

/// The text before the closing quote, which must be the end.
fn unquote(quoted: &str) -> Option<String> {
    let mut text = String::new();
    let mut characters = quoted.chars();
    loop {
        match characters.next()? {
            '"' => return characters.next().is_none().then_some(text),
            '\\' => text.push(characters.next().filter(|escaped| ['"', '\\'].contains(escaped))?),
            character => text.push(character),
        }
    }
}

fn bind_etag(
    binding: &Binding,
    headers: &HeaderMap,
    request: &mut DynamicMessage,
) -> Result<Precondition, Violation> {
    const NAME: &str = "If-Match";
    let tags = EntityTags::read(headers, &header::IF_MATCH)
        .map_err(|Malformed| invalid(NAME, "must be an etag in quotes, or `*`"))?;
    let Some(tags) = tags else {
        return Ok(Precondition::Open);
    };
    let field = binding.etag.as_ref().ok_or_else(|| unsupported(NAME))?;
    let etag = match tags {
        EntityTags::Any => "*".to_owned(),
        EntityTags::Listed(tags) => {
            let [tag] = <[_; 1]>::try_from(tags)
                .map_err(|_| invalid(NAME, "lists several etags; one etag is taken"))?;
            // A weak tag never matches strongly (RFC 9110, 13.1.1). The field would say `nothing`
            // by an empty text and `anything` by a star, and neither is what the client said.
            if tag.is_weak || tag.opaque.is_empty() || tag.opaque == "*" {
                return Ok(Precondition::Hopeless);
            }
            etag::state(&tag.opaque).to_owned()
        }
    };
    put(field, NAME, etag, request)?;
    Ok(Precondition::Open)
}

fn put(
    field: &FieldPath,
    header: &str,
    value: String,
    request: &mut DynamicMessage,
) -> Result<(), Violation> {
    let conflict = format!("has one value in the request and another in its {header} header");
    field.put_agreeing(request, Value::String(value), &conflict)
}

fn invalid(header: &str, description: &str) -> Violation {
    Violation::new(header, reason::INVALID_HEADER, description)
}

/// What a header asks for would silently not be done.
fn unsupported(header: &str) -> Violation {
    Violation::new(header, reason::UNSUPPORTED_HEADER, "can't be heeded by this method")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_raw_or_quoted() {
        let read = |text: &str| read_key(&HeaderValue::try_from(text).expect("a value"));
        for (text, key) in [
            ("a", "a"),
            ("8e03978e-40d5-43e8-bc93-6894a57f9324", "8e03978e-40d5-43e8-bc93-6894a57f9324"),
            ("\"a\"", "a"),
            (r#""a\"b\\c""#, r#"a"b\c"#),
            ("a\"b", "a\"b"),
            (&"x".repeat(200), &"x".repeat(200)),
        ] {
            assert_eq!(read(text).as_deref(), Some(key), "{text}");
        }
        let long = "x".repeat(201);
        for text in
            ["", "\"\"", "\"a", "\"a\"b", "\"a\";b", r#""\a""#, "a b", "\"a b\"", "é", &long]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
