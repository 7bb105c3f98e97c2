//! Entity tags, by which a client says which state of a resource it knows (RFC 9110, 8.8.3).

use http::{HeaderMap, HeaderName, HeaderValue};

/// What `If-Match` or `If-None-Match` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EntityTags {
    /// `*`: any state.
    Any,
    /// One of these.
    Listed(Vec<EntityTag>),
}

/// One tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntityTag {
    /// Whether it only promises a state that means the same, `W/"…"`.
    pub(crate) is_weak: bool,
    /// The text between the quotes.
    pub(crate) opaque: String,
}

/// A header that is no list of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl EntityTags {
    /// Reads a header; `None` where it isn't given.
    pub(crate) fn read(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Self>, Malformed> {
        let mut tags = Vec::new();
        let mut is_any = false;
        for value in headers.get_all(name) {
            let text = value.to_str().map_err(|_| Malformed)?;
            if text.trim() == "*" {
                is_any = true;
            } else {
                read_list(text, &mut tags)?;
            }
        }
        match (is_any, tags.is_empty()) {
            (true, true) => Ok(Some(Self::Any)),
            (true, false) => Err(Malformed),
            (false, true) if headers.contains_key(name) => Err(Malformed),
            (false, true) => Ok(None),
            (false, false) => Ok(Some(Self::Listed(tags))),
        }
    }

    /// Whether one of them is the strong tag of this text, by the weak comparison.
    pub(crate) fn contain(&self, opaque: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(tags) => tags.iter().any(|tag| tag.opaque == opaque),
        }
    }
}

fn read_list(text: &str, tags: &mut Vec<EntityTag>) -> Result<(), Malformed> {
    let mut rest = text.trim_matches([' ', '\t']);
    loop {
        let is_weak = rest.starts_with("W/");
        let quoted = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"').ok_or(Malformed)?;
        let (opaque, after) = quoted.split_once('"').ok_or(Malformed)?;
        if !opaque.bytes().all(is_tag_character) {
            return Err(Malformed);
        }
        tags.push(EntityTag { is_weak, opaque: opaque.to_owned() });
        rest = after.trim_start_matches([' ', '\t']);
        if rest.is_empty() {
            return Ok(());
        }
        rest = rest.strip_prefix(',').ok_or(Malformed)?.trim_start_matches([' ', '\t']);
    }
}

/// Writes a strong tag, if its text can stand in one.
pub(crate) fn write(opaque: &str) -> Option<HeaderValue> {
    let is_writable = !opaque.is_empty() && opaque.bytes().all(is_tag_character);
    is_writable.then(|| HeaderValue::try_from(format!("\"{opaque}\"")).ok()).flatten()
}

/// Visible ASCII but for the quote; RFC 9110 also lets pass bytes that are no text.
fn is_tag_character(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'"'
}

#[cfg(test)]
mod tests {
    use http::header::IF_MATCH;

    use super::*;

    fn read(values: &[&'static str]) -> Result<Option<EntityTags>, Malformed> {
        let values = values.iter().map(|value| (IF_MATCH, HeaderValue::from_static(value)));
        EntityTags::read(&values.collect(), &IF_MATCH)
    }

    fn tag(is_weak: bool, opaque: &str) -> EntityTag {
        EntityTag { is_weak, opaque: opaque.to_owned() }
    }

    #[test]
    fn lists_are_read_over_all_lines_and_commas_within_quotes() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[" * "]), Ok(Some(EntityTags::Any)));
        let tags = vec![tag(false, "a,b"), tag(true, ""), tag(false, "c")];
        assert_eq!(read(&["\"a,b\" ,\tW/\"\"", "\"c\""]), Ok(Some(EntityTags::Listed(tags))));
    }

    #[test]
    fn what_is_no_list_of_tags_is_malformed() {
        for value in ["", "a", "\"a", "w/\"a\"", "\"a\" \"b\"", "\"a\",", "\"a b\"", "\"a\", *"] {
            assert_eq!(read(&[value]), Err(Malformed), "{value}");
        }
        assert_eq!(read(&["*", "\"a\""]), Err(Malformed));
    }

    #[test]
    fn only_a_text_that_reads_back_is_written() {
        assert_eq!(write("a-1,/*").expect("a tag"), "\"a-1,/*\"");
        for opaque in ["", "a\"b", "a b", "é", "a\nb"] {
            assert_eq!(write(opaque), None, "{opaque}");
        }
    }
}
