use std::{hash::BuildHasher as _, panic::AssertUnwindSafe, sync::LazyLock};

use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Value as Field};
use serde_json::Value as Json;

use super::*;
use crate::fuzz::assert_same_values;
use random::Random;

mod depth;
mod random;
mod table;
mod wire_changes;

/// Messages that each property is tried on.
const MESSAGE_COUNT: u64 = 10_000;

/// The types that are tried, the first of them twice as often.
const TYPES: [&str; 4] =
    ["everything.v1.Everything", "legacy.v1.Legacy", "everything.v1.Wide", "everything.v1.Small"];

/// The descriptors and the tables of the messages that the tests write.
struct Subjects {
    pool: DescriptorPool,
    tables: Arc<Tables>,
}

static SUBJECTS: LazyLock<Subjects> = LazyLock::new(|| {
    let root = env!("CARGO_MANIFEST_DIR");
    let includes = [format!("{root}/tests/proto"), format!("{root}/../../proto")];
    let mut compiler = protox::Compiler::new(includes).expect("the include paths");
    compiler.include_imports(true).open_file("everything.proto").expect("a file that compiles");
    let pool = DescriptorPool::decode(&*compiler.encode_file_descriptor_set());
    let pool = pool.expect("descriptors");
    let tables = Arc::new(Tables::new(&pool));
    Subjects { pool, tables }
});

fn descriptor(name: &str) -> MessageDescriptor {
    SUBJECTS.pool.get_message_by_name(name).expect("a message of the tests")
}

fn writer(message: &MessageDescriptor) -> Writer {
    Writer::new(&SUBJECTS.tables, message, None)
}

/// What the scribe writes, if it doesn't give up.
fn written_at_once(message: &MessageDescriptor, bytes: &[u8]) -> Option<String> {
    let mut json = Vec::new();
    writer(message).write_usual(bytes, &mut json).ok()?;
    Some(String::from_utf8(json).expect("UTF-8"))
}

fn written(message: &MessageDescriptor, bytes: &[u8]) -> Result<String, WriteError> {
    let mut json = Vec::new();
    writer(message).write(bytes, &mut json)?;
    Ok(String::from_utf8(json).expect("UTF-8"))
}

fn written_by_library(message: &MessageDescriptor, bytes: &[u8]) -> Result<String, WriteError> {
    library::write(message, None, bytes).map(|json| String::from_utf8(json).expect("UTF-8"))
}

fn read_by_library(message: &MessageDescriptor, json: &str) -> DynamicMessage {
    let mut json = serde_json::Deserializer::from_str(json);
    DynamicMessage::deserialize(message.clone(), &mut json).expect("JSON of the message")
}

fn parsed(json: &str) -> Json {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// Tries a property on random messages, and names the seed of the first that lacks it.
fn for_random_messages(count: u64, property: impl Fn(&mut Random, MessageDescriptor)) {
    let seed = std::env::var("TAKAR_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let (first, count) = match seed {
        Some(seed) => (seed, 1),
        None => (std::hash::RandomState::new().hash_one(0), count),
    };
    for seed in (0..count).map(|index| first.wrapping_add(index)) {
        let mut random = Random::new(seed);
        let name = TYPES[random.below(5).saturating_sub(1)];
        let tried = AssertUnwindSafe(|| property(&mut random, descriptor(name)));
        if let Err(failure) = std::panic::catch_unwind(tried) {
            eprintln!("with {name}; try again with TAKAR_TEST_SEED={seed}");
            std::panic::resume_unwind(failure);
        }
    }
}

#[test]
fn what_is_written_is_what_the_library_writes() {
    for_random_messages(MESSAGE_COUNT, |random, descriptor| {
        let message = random.message(&descriptor);
        let bytes = message.encode_to_vec();
        let ours = written(&descriptor, &bytes).expect("a message that can be written");
        let theirs = written_by_library(&descriptor, &bytes).expect("JSON");
        // Byte for byte but for the order, so reading theirs would be to read ours again.
        let (our_value, their_value) = (parsed(&ours), parsed(&theirs));
        assert_same_values(&our_value, &their_value);
        assert_eq!(ours.len(), theirs.len(), "{ours}\n{theirs}");
        let read = read_by_library(&descriptor, &ours);
        let again = written(&descriptor, &read.encode_to_vec()).expect("JSON");
        assert_same_values(&parsed(&again), &our_value);
    });
}

#[test]
fn only_rarities_are_left_to_the_library() {
    for_random_messages(MESSAGE_COUNT / 10, |random, descriptor| {
        let message = random.message(&descriptor);
        let is_usual = written_at_once(&descriptor, &message.encode_to_vec()).is_some();
        assert_eq!(is_usual, !has_rarity(&message));
    });
}

/// Whether a message, or one in it, has groups or extensions.
fn has_rarity(message: &DynamicMessage) -> bool {
    let is_rare = |value: &Field| match value {
        Field::Message(inner) => has_rarity(inner),
        Field::List(values) => values.iter().filter_map(Field::as_message).any(has_rarity),
        Field::Map(values) => values.values().filter_map(Field::as_message).any(has_rarity),
        _ => false,
    };
    if let Some(inner) = library::any_message(message) {
        return has_rarity(&inner);
    }
    message.extensions().next().is_some()
        || message.fields().any(|(field, value)| field.is_group() || is_rare(value))
}

#[test]
fn one_field_is_written_as_within_its_message() {
    for_random_messages(MESSAGE_COUNT / 10, |random, descriptor| {
        let bytes = random.message(&descriptor).encode_to_vec();
        let whole = parsed(&written_by_library(&descriptor, &bytes).expect("JSON"));
        let fields: Vec<_> = descriptor.fields().collect();
        for _ in 0..5 {
            let field = &fields[random.below(fields.len())];
            let mut json = Vec::new();
            let writer = Writer::new(&SUBJECTS.tables, &descriptor, Some(field));
            writer.write(&bytes, &mut json).expect("a field that can be written");
            let json = parsed(str::from_utf8(&json).expect("UTF-8"));
            assert_eq!(&json, whole.get(field.json_name()).unwrap_or(&Json::Null));
        }
    });
}
