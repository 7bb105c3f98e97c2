//! Percent-decoding of paths and queries, strict where common decoders let mistakes pass.

use std::{borrow::Cow, fmt::Write as _};

/// Why a text could not be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PercentError {
    /// A `%` without two hexadecimal digits behind it.
    #[error("a `%` is not followed by two hexadecimal digits")]
    Malformed,
    /// The decoded bytes are no text.
    #[error("the percent-encoded bytes are not UTF-8")]
    NotUtf8,
}

/// What becomes of an encoded slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slash {
    /// `%2F` becomes `/`: the text is one segment, so it can't be taken for a separator.
    Decode,
    /// `%2F` and `%2f` stay as they are, since a bare `/` separates segments here.
    Keep,
}

/// Decodes a part of a path.
pub(crate) fn decode(text: &str, slash: Slash) -> Result<Cow<'_, str>, PercentError> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first != b'%' {
            decoded.push(*first);
            rest = tail;
            continue;
        }
        let [high, low, after @ ..] = tail else {
            return Err(PercentError::Malformed);
        };
        let byte = hex_digit(*high)? << 4 | hex_digit(*low)?;
        if byte == b'/' && slash == Slash::Keep {
            decoded.extend([b'%', *high, *low]);
        } else {
            decoded.push(byte);
        }
        rest = after;
    }
    String::from_utf8(decoded).map(Cow::Owned).map_err(|_| PercentError::NotUtf8)
}

/// Decodes a name or a value of a query, where `+` is a space as in HTML forms.
pub(crate) fn decode_query(text: &str) -> Result<String, PercentError> {
    let spaced = text.replace('+', " ");
    Ok(decode(&spaced, Slash::Decode)?.into_owned())
}

/// Encodes a value for a query, all but what every part of a URL takes as it is.
pub(crate) fn encode_query(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn hex_digit(byte: u8) -> Result<u8, PercentError> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        b'A'..=b'F' => Ok(byte - b'A' + 10),
        _ => Err(PercentError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Encodes every byte but those which need no encoding anywhere.
    fn encode(text: &str) -> String {
        use std::fmt::Write as _;
        text.bytes().fold(String::new(), |mut encoded, byte| {
            if byte.is_ascii_alphanumeric() {
                encoded.push(char::from(byte));
            } else {
                write!(encoded, "%{byte:02X}").expect("a string takes all");
            }
            encoded
        })
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes_to_itself(text in any::<String>()) {
            let encoded = encode(&text);
            prop_assert_eq!(decode(&encoded, Slash::Decode), Ok(Cow::Borrowed(&*text)));
            prop_assert_eq!(decode_query(&encoded), Ok(text));
        }

        #[test]
        fn decoding_never_panics(text in any::<String>()) {
            let _ = decode(&text, Slash::Keep);
            let _ = decode_query(&text);
        }
    }

    #[test]
    fn an_encoded_slash_stays_where_slashes_separate() {
        assert_eq!(decode("a%2Fb%2fc%3A", Slash::Keep).as_deref(), Ok("a%2Fb%2fc:"));
    }

    #[test]
    fn a_plus_is_a_space_in_a_query_only() {
        assert_eq!(decode_query("a+b%2Bc").as_deref(), Ok("a b+c"));
        assert_eq!(decode("a+b", Slash::Decode).as_deref(), Ok("a+b"));
    }

    #[test]
    fn broken_encodings_are_refused() {
        for text in ["%", "%4", "%zz", "100%"] {
            assert_eq!(decode(text, Slash::Decode), Err(PercentError::Malformed), "{text}");
        }
        assert_eq!(decode("%ff", Slash::Decode), Err(PercentError::NotUtf8));
    }
}
