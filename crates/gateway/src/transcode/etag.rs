//! Entity tags, by which a client says which state of a resource it knows (RFC 9110, 8.8.3).
//!
//! A state has a strong tag for each coding of its answer, as their bytes differ: `"v1"` and
//! `"v1-gzip"`. Whoever knows one of them knows the state.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// How the tags of compressed answers end.
const CODING_SUFFIXES: [&str; 3] = ["-gzip", "-br", "-zstd"];

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

    /// The text of the first that is a tag of this state, by the weak comparison.
    pub(crate) fn matching<'t>(&'t self, opaque: &'t str) -> Option<&'t str> {
        match self {
            Self::Any => Some(opaque),
            Self::Listed(tags) => {
                let mut known = tags.iter().map(|tag| tag.opaque.as_str());
                known.find(|known| *known == opaque || state(known) == opaque)
            }
        }
    }
}

/// The text of a state's own tag, whichever coding the tag is of.
pub(crate) fn state(opaque: &str) -> &str {
    let state = CODING_SUFFIXES.iter().find_map(|suffix| opaque.strip_suffix(suffix));
    state.filter(|state| !state.is_empty()).unwrap_or(opaque)
}

/// Makes the tag of an answer, if it has a strong one, that of the answer in a coding.
pub(crate) fn mark(headers: &mut HeaderMap, coding: &str) {
    let opaque = headers.get(header::ETAG).and_then(opaque);
    let marked = opaque.and_then(|opaque| quoted(&format!("{opaque}-{coding}")));
    if let Some(marked) = marked {
        headers.insert(header::ETAG, marked);
    }
}

/// The text of a strong tag.
pub(crate) fn opaque(tag: &HeaderValue) -> Option<&str> {
    tag.to_str().ok()?.strip_prefix('"')?.strip_suffix('"')
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

/// Writes a strong tag, if its text can stand in one and wouldn't read back as another.
pub(crate) fn write(opaque: &str) -> Option<HeaderValue> {
    is_writable(opaque).then(|| quoted(opaque)).flatten()
}

/// Whether a text can be that of a state's own tag.
pub(crate) fn is_writable(opaque: &str) -> bool {
    !opaque.is_empty() && opaque.bytes().all(is_tag_character) && state(opaque) == opaque
}

/// A strong tag of a text that can stand in one.
pub(crate) fn quoted(opaque: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(format!("\"{opaque}\"")).ok()
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
        for opaque in ["", "a\"b", "a b", "é", "a\nb", "a-gzip"] {
            assert_eq!(write(opaque), None, "{opaque}");
        }
    }

    #[test]
    fn the_tags_of_all_codings_are_of_one_state() {
        for (tag, of) in
            [("v1", "v1"), ("v1-gzip", "v1"), ("v1-br", "v1"), ("v1-zstd", "v1"), ("-br", "-br")]
        {
            assert_eq!(state(tag), of);
        }
        let known = read(&["\"v0\", W/\"v1-gzip\""]).expect("a list").expect("tags");
        assert_eq!(known.matching("v1"), Some("v1-gzip"));
        assert_eq!(known.matching("v2"), None);
        assert_eq!(EntityTags::Any.matching("v1"), Some("v1"));
    }

    #[test]
    fn only_a_strong_tag_is_marked() {
        for (tag, marked) in [("\"v1\"", "\"v1-br\""), ("W/\"v1\"", "W/\"v1\"")] {
            let mut headers = HeaderMap::from_iter([(header::ETAG, HeaderValue::from_static(tag))]);
            mark(&mut headers, "br");
            assert_eq!(headers[header::ETAG], marked);
        }
    }
}
