//! The texts of single values.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::transcode::json::{Unusual, scribe::Written};

/// A one in each byte of a word, and the high bit of each.
const ONES: u64 = u64::MAX / 0xff;
const HIGH_BITS: u64 = ONES * 0x80;

/// Bytes that are looked at together, as a word.
const WORD_BYTES: usize = size_of::<u64>();

pub(super) fn integer(json: &mut Vec<u8>, value: impl itoa::Integer) {
    json.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// An integer of 64 bits, which is a string in JSON as its readers' numbers have 53.
pub(super) fn quoted(json: &mut Vec<u8>, value: impl itoa::Integer) {
    json.push(b'"');
    integer(json, value);
    json.push(b'"');
}

/// The shortest number that is read back as this one, or the name of what is none.
pub(super) fn float<F: zmij::Float + Into<f64> + Copy>(json: &mut Vec<u8>, value: F) {
    let wide: f64 = value.into();
    if wide.is_finite() {
        json.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
    } else if wide.is_nan() {
        json.extend_from_slice(b"\"NaN\"");
    } else if wide > 0.0 {
        json.extend_from_slice(b"\"Infinity\"");
    } else {
        json.extend_from_slice(b"\"-Infinity\"");
    }
}

pub(super) fn base64(json: &mut Vec<u8>, bytes: &[u8]) {
    json.push(b'"');
    let start = json.len();
    json.resize(start + bytes.len().div_ceil(3) * 4, 0);
    let length = BASE64_STANDARD.encode_slice(bytes, &mut json[start..]);
    debug_assert_eq!(length, Ok(json.len() - start), "the length is that of padded base64");
    json.push(b'"');
}

/// The text that these bytes are, if they are UTF-8.
///
/// Most are a few bytes of ASCII with nothing to escape, so whether that is so is asked first, and once
/// for both.
pub(super) fn utf8(json: &mut Vec<u8>, bytes: &[u8]) -> Written {
    if is_plain(bytes) {
        json.reserve(bytes.len() + 2);
        json.push(b'"');
        json.extend_from_slice(bytes);
        json.push(b'"');
    } else {
        string(json, str::from_utf8(bytes).map_err(|_| Unusual)?);
    }
    Ok(())
}

pub(super) fn string(json: &mut Vec<u8>, text: &str) {
    json.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (plain, after) = rest.split_at(plain_length(rest));
        json.extend_from_slice(plain);
        let Some((byte, after)) = after.split_first() else { break };
        escape(json, *byte);
        rest = after;
    }
    json.push(b'"');
}

/// Whether all bytes are of ASCII, and JSON escapes none of them.
fn is_plain(bytes: &[u8]) -> bool {
    let is_plain_word = |word: &[u8; WORD_BYTES]| {
        let word = u64::from_le_bytes(*word);
        (word & HIGH_BITS) | escaped_in(word) == 0
    };
    match bytes.last_chunk() {
        // The last word overlaps the one before it, rather than that its bytes are looked at one by one.
        Some(last) => bytes.as_chunks().0.iter().all(is_plain_word) && is_plain_word(last),
        None => bytes.iter().all(|byte| byte.is_ascii() && !must_be_escaped(*byte)),
    }
}

/// How many bytes stand before the first that JSON escapes.
fn plain_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<WORD_BYTES>();
    for (word, start) in words.iter().zip((0..).step_by(WORD_BYTES)) {
        let escaped = escaped_in(u64::from_le_bytes(*word));
        if escaped != 0 {
            return start + escaped.trailing_zeros() as usize / 8;
        }
    }
    let position = rest.iter().position(|byte| must_be_escaped(*byte));
    position.map_or(bytes.len(), |position| bytes.len() - rest.len() + position)
}

/// The high bits of the bytes of a word that JSON escapes, of which the lowest is right: a byte that
/// borrows in the subtraction makes those above it doubtful.
///
/// After "Determine if a word has a byte less than n" of Sean Eron Anderson's Bit Twiddling Hacks.
fn escaped_in(word: u64) -> u64 {
    let are_less =
        |word: u64, than: u8| word.wrapping_sub(ONES * u64::from(than)) & !word & HIGH_BITS;
    let are = |byte: u8| are_less(word ^ (ONES * u64::from(byte)), 1);
    are_less(word, b' ') | are(b'"') | are(b'\\')
}

fn must_be_escaped(byte: u8) -> bool {
    matches!(byte, ..b' ' | b'"' | b'\\')
}

fn escape(json: &mut Vec<u8>, byte: u8) {
    const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";
    let letter = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let digits = [HEX_DIGITS[usize::from(byte >> 4)], HEX_DIGITS[usize::from(byte & 15)]];
            json.extend_from_slice(b"\\u00");
            json.extend_from_slice(&digits);
            return;
        }
    };
    json.extend_from_slice(&[b'\\', letter]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each byte at each place of texts of up to three words, beside one that is escaped and one that
    /// isn't.
    #[test]
    fn what_is_escaped_is_found_wherever_it_stands() {
        for length in 0..=3 * WORD_BYTES {
            for (place, byte) in
                (0..length).flat_map(|place| (0..=u8::MAX).map(move |byte| (place, byte)))
            {
                for around in [b'a', b'"'] {
                    let mut bytes = vec![around; length];
                    bytes[place] = byte;
                    assert_written_by_the_rules(&bytes);
                }
            }
        }
    }

    fn assert_written_by_the_rules(bytes: &[u8]) {
        let expected = str::from_utf8(bytes)
            .map(|text| serde_json::to_string(text).expect("a string"))
            .map_err(|_| Unusual);
        let mut json = Vec::new();
        let written = utf8(&mut json, bytes).map(|()| String::from_utf8(json).expect("UTF-8"));
        assert_eq!(written, expected, "{bytes:?}");
    }
}
