//! Messages as no serializer writes them, and bytes that are none.

use proptest::prelude::*;
use prost::encoding::{WireType, encode_key, encode_varint};

use super::*;
use crate::transcode::{field::FieldPath, scan};

/// The fields of a message, each with its key, as they stand on the wire.
fn pieces(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let mut wire = wire::Wire::new(bytes);
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while !wire.is_empty() {
        let (_, wire_type) = wire.key().ok()?;
        wire.skip(wire_type).ok()?;
        let (piece, after) = rest.split_at(rest.len() - wire.len());
        pieces.push(piece);
        rest = after;
    }
    Some(pieces)
}

/// Changes a message in a way that readers must cope with.
fn change(random: &mut Random, bytes: &[u8]) -> Vec<u8> {
    let Some(mut pieces) = pieces(bytes).filter(|pieces| !pieces.is_empty()) else {
        return bytes.to_vec();
    };
    let chosen = random.below(pieces.len());
    let other = random.below(pieces.len());
    let changed;
    match random.below(6) {
        0 => pieces.swap(chosen, other),
        1 => pieces.insert(other, pieces[chosen]),
        2 => pieces.reverse(),
        3 => {
            pieces.remove(chosen);
        }
        4 => {
            changed = unknown(random);
            pieces.insert(chosen, &changed);
        }
        _ => {
            changed = change_inside(random, pieces[chosen]);
            pieces[chosen] = &changed;
        }
    }
    pieces.concat()
}

fn unknown(random: &mut Random) -> Vec<u8> {
    let mut bytes = Vec::new();
    let number = 20_000;
    match random.below(3) {
        0 => {
            encode_key(number, WireType::Varint, &mut bytes);
            encode_varint(random.number(), &mut bytes);
        }
        1 => prost::encoding::string::encode(number, &"x".repeat(random.below(9)), &mut bytes),
        _ => {
            encode_key(number, WireType::StartGroup, &mut bytes);
            prost::encoding::uint32::encode(1, &7, &mut bytes);
            encode_key(number, WireType::EndGroup, &mut bytes);
        }
    }
    bytes
}

/// Changes the message in a field, or splits it in two that merge to it again.
fn change_inside(random: &mut Random, piece: &[u8]) -> Vec<u8> {
    let mut wire = wire::Wire::new(piece);
    let Ok((number, wire::WireType::Length)) = wire.key() else { return piece.to_vec() };
    let inner = wire.bytes().expect("a piece was read before");
    let Some(parts) = pieces(inner).filter(|parts| !parts.is_empty()) else {
        return piece.to_vec();
    };
    let field = |inner: &[u8]| {
        let mut bytes = Vec::new();
        prost::encoding::bytes::encode(number, &inner.to_vec(), &mut bytes);
        bytes
    };
    if random.is_one_in(2) {
        return field(&change(random, inner));
    }
    let (first, second) = parts.split_at(random.below(parts.len()));
    [field(&first.concat()), field(&second.concat())].concat()
}

#[test]
fn odd_messages_are_written_as_the_library_reads_them() {
    for_random_messages(MESSAGE_COUNT / 2, |random, descriptor| {
        let mut bytes = random.message(&descriptor).encode_to_vec();
        if random.is_one_in(3) {
            bytes.extend(random.message(&descriptor).encode_to_vec());
        }
        for _ in 0..=random.below(4) {
            bytes = change(random, &bytes);
        }
        writer(&descriptor).assert_as_library(&bytes);
    });
}

#[test]
fn what_is_cut_off_or_damaged_is_never_written_in_part() {
    for_random_messages(MESSAGE_COUNT / 2, |random, descriptor| {
        let mut bytes = random.message(&descriptor).encode_to_vec();
        if bytes.is_empty() {
            return;
        }
        let place = random.below(bytes.len());
        match random.below(3) {
            0 => bytes.truncate(place),
            1 => bytes[place] ^= 1 << random.below(8),
            _ => {
                bytes.remove(place);
            }
        }
        writer(&descriptor).assert_as_library(&bytes);
    });
}

#[test]
fn single_texts_are_found_as_the_library_reads_them() {
    let everything = descriptor("everything.v1.Everything");
    let paths =
        ["oneString", "maybeSmall.id", "choiceString", "choiceSmall.id", "oneMessage.otherText"];
    let paths = paths.map(|path| FieldPath::resolve(&everything, path).expect("a path"));
    for_random_messages(MESSAGE_COUNT / 10, |random, _| {
        let mut bytes = random.message(&everything).encode_to_vec();
        bytes.extend(random.message(&everything).encode_to_vec());
        bytes = change(random, &bytes);
        let Ok(message) = DynamicMessage::decode(everything.clone(), &*bytes) else { return };
        for path in &paths {
            // What the scan doesn't understand, such as a group, the library reads.
            let Ok(found) = scan::find_text(&path.fields(), &bytes) else { continue };
            let read = path.get(&message);
            let read = read.as_ref().and_then(|value| value.as_str());
            // An empty text without presence is as if it weren't there.
            let set = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
            assert_eq!(set(found), set(read), "{}", path.json_path());
        }
    });
}

#[test]
fn a_failure_leaves_the_text_before_it_as_it_was() {
    let descriptor = descriptor("everything.v1.Small");
    let mut json = b"before".to_vec();
    // A whole id, and then a count that is cut off.
    writer(&descriptor).write(b"\x0a\x01a\x10\xff", &mut json).expect_err("no message");
    assert_eq!(json, b"before");
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_told_apart_as_by_the_library(bytes in any::<Vec<u8>>()) {
        for name in TYPES {
            writer(&descriptor(name)).assert_as_library(&bytes);
        }
    }
}
