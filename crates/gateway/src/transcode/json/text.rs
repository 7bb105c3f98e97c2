//! The texts of single values.

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// Bytes that are looked at together when a text is searched for what JSON escapes.
const BLOCK_BYTES: usize = 16;

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

/// How many bytes stand before the first that JSON escapes.
fn plain_length(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<BLOCK_BYTES>();
    // Without a branch for each byte, this becomes a few instructions for each block.
    let is_plain = |block: &&[u8; BLOCK_BYTES]| {
        !block.iter().fold(false, |is_escaped, byte| is_escaped | must_be_escaped(*byte))
    };
    let start = blocks.iter().take_while(is_plain).count() * BLOCK_BYTES;
    let rest = bytes[start..].iter().position(|byte| must_be_escaped(*byte));
    rest.map_or(bytes.len(), |position| start + position)
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
