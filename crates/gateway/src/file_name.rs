//! What a file that the server answers with is to be called (RFC 6266, RFC 8187).
//!
//! A server says it in gRPC's metadata by the header's own name, `content-disposition`. It goes on
//! as it was said, but only in the strictest form: with any other a server, or who sent it the name,
//! could have a browser show the file as a page of this origin, or store it where it doesn't belong.

use http::{HeaderMap, HeaderValue, header};

use crate::transcode::percent::{self, Slash};

/// A file without a name, which is stored and never shown.
const NAMELESS: HeaderValue = HeaderValue::from_static("attachment");

/// The longest name that common file systems take.
const NAME_BYTES_MAX: usize = 255;

/// What a server says that a file is to be called, where it says so once.
pub(crate) fn said(metadata: &HeaderMap) -> Option<HeaderValue> {
    let mut values = metadata.get_all(header::CONTENT_DISPOSITION).iter();
    let only = values.next().filter(|_| values.next().is_none());
    only.cloned()
}

/// The `Content-Disposition` of a file: what the server says where that is just a name, and else
/// none.
pub(crate) fn disposition(said: Option<HeaderValue>) -> HeaderValue {
    said.filter(is_strict).unwrap_or(NAMELESS)
}

/// Whether a value is `attachment` with a name, in one form or both, and nothing besides.
fn is_strict(value: &HeaderValue) -> bool {
    let Some((kind, mut rest)) = value.to_str().ok().and_then(|text| text.split_once(';')) else {
        return false;
    };
    let (mut has_plain, mut has_extended) = (false, false);
    loop {
        let Some((name, value)) = rest.trim_start().split_once('=') else { return false };
        let (is_extended, read) = match name.to_ascii_lowercase().as_str() {
            "filename" => (false, plain(value)),
            "filename*" => (true, extended(value)),
            _ => return false,
        };
        let has = if is_extended { &mut has_extended } else { &mut has_plain };
        let Some(after) = read.filter(|_| !std::mem::replace(has, true)) else { return false };
        match after.trim_start().strip_prefix(';') {
            Some(further) => rest = further,
            None => return kind.eq_ignore_ascii_case("attachment") && after.is_empty(),
        }
    }
}

/// Reads a name of ASCII, and gives what is behind it.
///
/// Browsers disagree about what a backslash and a percent sign mean in it (RFC 6266, appendix D).
fn plain(text: &str) -> Option<&str> {
    let (name, after) = if let Some(quoted) = text.strip_prefix('"') {
        quoted.split_once('"')?
    } else {
        let end = text.find(|letter| !is_token_letter(letter)).unwrap_or(text.len());
        text.split_at(end)
    };
    (is_file_name(name) && !name.contains('%')).then_some(after)
}

/// Reads a name of any letters, encoded, and gives what is behind it.
fn extended(text: &str) -> Option<&str> {
    const CHARSET: &str = "UTF-8''";
    let (charset, encoded) = text.split_at_checked(CHARSET.len())?;
    let is_value =
        |letter: char| letter.is_ascii_alphanumeric() || "!#$&+-.^_`|~%".contains(letter);
    let end = encoded.find(|letter| !is_value(letter)).unwrap_or(encoded.len());
    let (name, after) = encoded.split_at(end);
    let name = percent::decode(name, Slash::Decode).ok()?;
    (charset.eq_ignore_ascii_case(CHARSET) && is_file_name(&name)).then_some(after)
}

fn is_token_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(letter)
}

/// Whether a name is one of a visible file in the directory where it is stored, and reads as it is:
/// letters that turn the direction of writing can make `exe.csv` of `vsc.exe`.
fn is_file_name(name: &str) -> bool {
    let turns = |letter| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_bad = |letter: char| letter.is_control() || "/\\:".contains(letter) || turns(letter);
    let is_inner = name.trim_matches(['.', ' ']).len() == name.len();
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && is_inner && !name.contains(is_bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(said: &str) -> String {
        let value = HeaderValue::from_bytes(said.as_bytes()).expect("a value");
        disposition(Some(value)).to_str().expect("text").to_owned()
    }

    #[test]
    fn a_name_goes_on_as_it_was_said() {
        let longest = format!("attachment; filename=\"{}\"", "x".repeat(NAME_BYTES_MAX));
        for said in [
            "attachment; filename=\"scorecards-2022.csv\"",
            "attachment; filename=scorecards.csv",
            "Attachment;FileName=\"a b; c=d.csv\"",
            "attachment; filename=\"x\" ; filename*=UTF-8''%e2%82%ac.csv",
            "attachment; filename*=utf-8''naik%20turun.csv; filename=\"x.csv\"",
            longest.as_str(),
        ] {
            assert_eq!(shown(said), said);
        }
    }

    #[test]
    fn all_else_is_a_file_without_a_name() {
        let too_long = format!("attachment; filename=\"{}\"", "x".repeat(NAME_BYTES_MAX + 1));
        for said in [
            "",
            "attachment",
            "attachment;",
            "attachment; ",
            "inline",
            "inline; filename=\"x.html\"",
            "inline, attachment; filename=\"x.html\"",
            "form-data; filename=\"x\"",
            "attachment; filename=",
            "attachment; filename=\"\"",
            "attachment; filename=\"x",
            "attachment; filename=\"x\";",
            "attachment; filename=\"x\" y",
            "attachment; filename=\"x\", inline",
            "attachment; filename=\"x\"; name=y",
            "attachment; filename=\"x\"; filename=\"y\"",
            "attachment; filename=\"x\\\"y\"",
            "attachment; filename=\"x%2fy\"",
            "attachment; filename=\"a/b\"",
            "attachment; filename=\"a\\b\"",
            "attachment; filename=\"c:b\"",
            "attachment; filename=\"..\"",
            "attachment; filename=\".bashrc\"",
            "attachment; filename=\"x.exe \"",
            "attachment; filename=\"é\"",
            "attachment; filename = \"x\"",
            "attachment; filename*=\"x\"",
            "attachment; filename*=UTF-8''",
            "attachment; filename*=UTF-8'id'x",
            "attachment; filename*=ISO-8859-1''x",
            "attachment; filename*=UTF-8''a%2Fb",
            "attachment; filename*=UTF-8''a%5cb",
            "attachment; filename*=UTF-8''a%00b",
            "attachment; filename*=UTF-8''%ff",
            "attachment; filename*=UTF-8''%2",
            "attachment; filename*=UTF-8''%e2%80%aevsc.exe",
            "attachment; filename*=é",
            too_long.as_str(),
        ] {
            assert_eq!(shown(said), "attachment", "{said}");
        }
        assert_eq!(disposition(None), "attachment");
    }

    #[test]
    fn what_is_said_twice_is_not_said() {
        let name = HeaderValue::from_static("attachment; filename=\"x\"");
        let mut metadata = HeaderMap::new();
        assert_eq!(said(&metadata), None);
        metadata.append(header::CONTENT_DISPOSITION, name.clone());
        assert_eq!(said(&metadata), Some(name.clone()));
        metadata.append(header::CONTENT_DISPOSITION, name);
        assert_eq!(said(&metadata), None);
    }
}
