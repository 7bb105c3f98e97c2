//! What the scribe must know of every message, made once of the descriptors.

use std::collections::HashMap;

use prost_reflect::{
    DescriptorPool, EnumDescriptor, FieldDescriptor, Kind as DescribedKind, MessageDescriptor,
};

use crate::transcode::json::{text, wire::WireType};

/// Fields of smaller numbers are found by index, others by search; most messages have no others.
const INDEXED_NUMBERS: u32 = 256;

/// The tables of all messages of a pool, as an `Any` may hold each of them.
#[derive(Debug)]
pub(crate) struct Tables {
    messages: Vec<Table>,
    enums: Vec<EnumTable>,
    names: Names,
}

/// Where the tables of messages and enumerations are, by their full names.
#[derive(Debug)]
struct Names {
    messages: HashMap<String, usize>,
    enums: HashMap<String, usize>,
}

/// What a message is read by.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) shape: Shape,
    /// In the order of their numbers.
    pub(super) fields: Vec<Field>,
    /// The place of a field among them, plus one, by its number; zero for no field.
    places: Vec<u16>,
    /// How many things can be seen once: the fields, and behind them the oneofs.
    pub(super) mark_count: usize,
}

/// How JSON shows a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// As an object of its fields.
    Object,
    /// As its field of number 1: wrappers, `Struct` and `ListValue`.
    OnlyField,
    Any,
    Duration,
    Empty,
    FieldMask,
    Timestamp,
    Value,
}

/// What a field is read by.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) number: u32,
    /// `"name":`.
    pub(super) name: Vec<u8>,
    /// `"name":0,`, for a field that is shown even where it is absent.
    pub(super) absent: Option<Vec<u8>>,
    pub(super) holds: Holds,
    /// The mark that it was seen.
    pub(super) mark: usize,
    /// The mark that a field of its oneof was seen.
    pub(super) oneof_mark: Option<usize>,
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Holds {
    One(Kind),
    List(Kind),
    /// Values by keys.
    Map(Kind, Kind),
    /// What is left to the library: groups and extensions.
    Rarity,
}

/// What kind of value a field holds; messages and enumerations by the index of their tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Double,
    Float,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Bool,
    String,
    Bytes,
    /// `google.protobuf.NullValue`, which JSON shows as `null`.
    Null,
    Enum(usize),
    Message(usize),
}

/// The names of an enumeration in quotes, by their numbers.
#[derive(Debug)]
struct EnumTable {
    default: Vec<u8>,
    names: Vec<(i32, Vec<u8>)>,
}

impl Tables {
    /// Makes the tables of all messages of a pool.
    pub(crate) fn new(pool: &DescriptorPool) -> Self {
        let messages = pool.all_messages().map(|message| message.full_name().to_owned());
        let enums = pool.all_enums().map(|one| one.full_name().to_owned());
        let names =
            Names { messages: messages.zip(0..).collect(), enums: enums.zip(0..).collect() };
        let enums: Vec<_> = pool.all_enums().map(|one| EnumTable::new(&one)).collect();
        let messages = pool.all_messages().map(|message| Table::new(&names, &enums, &message));
        Self { messages: messages.collect(), enums, names }
    }

    /// Where the table of a message of this pool is.
    pub(super) fn index_of(&self, message: &MessageDescriptor) -> usize {
        self.names.messages[message.full_name()]
    }

    pub(super) fn message(&self, index: usize) -> &Table {
        &self.messages[index]
    }

    /// The table of the message that an `Any` names.
    pub(super) fn message_named(&self, name: &str) -> Option<&Table> {
        self.names.messages.get(name).map(|index| &self.messages[*index])
    }

    /// The name of an enumeration's number, in quotes.
    pub(super) fn enum_name(&self, index: usize, number: i32) -> Option<&[u8]> {
        let names = &self.enums[index].names;
        // Most enumerations count up from 0.
        let guess = usize::try_from(number).ok().and_then(|index| names.get(index));
        if let Some((_, name)) = guess.filter(|(guessed, _)| *guessed == number) {
            return Some(name);
        }
        let place = names.binary_search_by_key(&number, |(known, _)| *known).ok()?;
        Some(&names[place].1)
    }

    /// The JSON of a single value where none is given; a message has none of its own.
    pub(super) fn default_of(&self, kind: Kind) -> &[u8] {
        kind.default(&self.enums)
    }
}

impl Table {
    fn new(names: &Names, enums: &[EnumTable], message: &MessageDescriptor) -> Self {
        let oneofs: Vec<_> = message.oneofs().filter(|oneof| oneof.fields().len() > 1).collect();
        let mut fields: Vec<Field> = message
            .fields()
            .map(|field| {
                let oneof = field.containing_oneof();
                let oneof = oneof.and_then(|of| oneofs.iter().position(|other| *other == of));
                Field { oneof_mark: oneof, ..Field::new(names, enums, &field) }
            })
            .chain(message.extensions().map(|extension| Field::rarity(extension.number())))
            .collect();
        fields.sort_by_key(|field| field.number);
        let field_count = fields.len();
        for (mark, field) in fields.iter_mut().enumerate() {
            field.mark = mark;
            field.oneof_mark = field.oneof_mark.map(|oneof| field_count + oneof);
        }
        Self {
            shape: Shape::of(message.full_name()),
            places: places(&fields),
            mark_count: field_count + oneofs.len(),
            fields,
        }
    }

    /// The field of a number, if there is one.
    #[inline]
    pub(super) fn field(&self, number: u32) -> Option<&Field> {
        if number < INDEXED_NUMBERS {
            let place = *self.places.get(number as usize)?;
            return self.fields.get(usize::from(place).checked_sub(1)?);
        }
        let place = self.fields.binary_search_by_key(&number, |field| field.number).ok()?;
        Some(&self.fields[place])
    }
}

/// Fields of the indexed numbers are fewer than 256, so their places fit.
fn places(fields: &[Field]) -> Vec<u16> {
    let mut places = Vec::new();
    for (place, field) in (1..).zip(fields).filter(|(_, field)| field.number < INDEXED_NUMBERS) {
        let number = field.number as usize;
        places.resize(number, 0);
        places.push(place);
    }
    places
}

impl Shape {
    fn of(full_name: &str) -> Self {
        match full_name.strip_prefix("google.protobuf.").unwrap_or_default() {
            "Any" => Self::Any,
            "Duration" => Self::Duration,
            "Empty" => Self::Empty,
            "FieldMask" => Self::FieldMask,
            "Timestamp" => Self::Timestamp,
            "Value" => Self::Value,
            "Struct" | "ListValue" | "DoubleValue" | "FloatValue" | "Int64Value"
            | "UInt64Value" | "Int32Value" | "UInt32Value" | "BoolValue" | "StringValue"
            | "BytesValue" => Self::OnlyField,
            _ => Self::Object,
        }
    }
}

impl Field {
    fn new(names: &Names, enums: &[EnumTable], field: &FieldDescriptor) -> Self {
        let holds = Holds::of(names, field);
        let mut name = Vec::new();
        text::string(&mut name, field.json_name());
        name.push(b':');
        let absent = (!field.supports_presence()).then(|| {
            let value = match holds {
                _ if field.is_list() => b"[]",
                Holds::One(kind) => kind.default(enums),
                Holds::List(_) | Holds::Map(..) | Holds::Rarity => b"{}",
            };
            [&name, value, b","].concat()
        });
        Self { name, absent, holds, ..Self::rarity(field.number()) }
    }

    fn rarity(number: u32) -> Self {
        Self {
            number,
            name: Vec::new(),
            absent: None,
            holds: Holds::Rarity,
            mark: 0,
            oneof_mark: None,
        }
    }

    /// The value that is shown where the field is absent, without the name.
    pub(super) fn absent_value(&self) -> &[u8] {
        let value = self.absent.as_ref().map(|absent| &absent[self.name.len()..absent.len() - 1]);
        value.unwrap_or(b"null")
    }
}

impl Holds {
    fn of(names: &Names, field: &FieldDescriptor) -> Self {
        match field.kind() {
            _ if field.is_group() => Self::Rarity,
            DescribedKind::Message(entry) if field.is_map() => Self::Map(
                Kind::of(names, &entry.map_entry_key_field().kind()),
                Kind::of(names, &entry.map_entry_value_field().kind()),
            ),
            kind if field.is_list() => Self::List(Kind::of(names, &kind)),
            kind => Self::One(Kind::of(names, &kind)),
        }
    }
}

impl Kind {
    fn of(names: &Names, kind: &DescribedKind) -> Self {
        match kind {
            DescribedKind::Double => Self::Double,
            DescribedKind::Float => Self::Float,
            DescribedKind::Int32 => Self::Int32,
            DescribedKind::Int64 => Self::Int64,
            DescribedKind::Uint32 => Self::Uint32,
            DescribedKind::Uint64 => Self::Uint64,
            DescribedKind::Sint32 => Self::Sint32,
            DescribedKind::Sint64 => Self::Sint64,
            DescribedKind::Fixed32 => Self::Fixed32,
            DescribedKind::Fixed64 => Self::Fixed64,
            DescribedKind::Sfixed32 => Self::Sfixed32,
            DescribedKind::Sfixed64 => Self::Sfixed64,
            DescribedKind::Bool => Self::Bool,
            DescribedKind::String => Self::String,
            DescribedKind::Bytes => Self::Bytes,
            DescribedKind::Enum(one) if one.full_name() == "google.protobuf.NullValue" => {
                Self::Null
            }
            DescribedKind::Enum(one) => Self::Enum(names.enums[one.full_name()]),
            DescribedKind::Message(one) => Self::Message(names.messages[one.full_name()]),
        }
    }

    /// How one value is written, where it isn't packed.
    pub(super) fn wire_type(self) -> WireType {
        match self {
            Self::Double | Self::Fixed64 | Self::Sfixed64 => WireType::Fixed64,
            Self::Float | Self::Fixed32 | Self::Sfixed32 => WireType::Fixed32,
            Self::String | Self::Bytes | Self::Message(_) => WireType::Length,
            Self::Int32
            | Self::Int64
            | Self::Uint32
            | Self::Uint64
            | Self::Sint32
            | Self::Sint64
            | Self::Bool
            | Self::Null
            | Self::Enum(_) => WireType::Varint,
        }
    }

    /// Whether JSON shows it as a string, as all keys must be.
    pub(super) fn is_quoted(self) -> bool {
        self.default(&[]).starts_with(b"\"")
    }

    fn default(self, enums: &[EnumTable]) -> &[u8] {
        match self {
            Self::Double | Self::Float => b"0.0",
            Self::Int32 | Self::Uint32 | Self::Sint32 | Self::Fixed32 | Self::Sfixed32 => b"0",
            Self::Int64 | Self::Uint64 | Self::Sint64 | Self::Fixed64 | Self::Sfixed64 => b"\"0\"",
            Self::Bool => b"false",
            Self::String | Self::Bytes => b"\"\"",
            Self::Null | Self::Message(_) => b"null",
            Self::Enum(index) => &enums[index].default,
        }
    }
}

impl EnumTable {
    fn new(described: &EnumDescriptor) -> Self {
        let mut numbers: Vec<_> = described.values().map(|value| value.number()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        // Of the names of one number the library shows one, which must be shown here too.
        let name = |number| {
            let mut name = Vec::new();
            let value = described.get_value(number);
            text::string(&mut name, value.as_ref().map_or("", |value| value.name()));
            (number, name)
        };
        Self {
            default: name(described.default_value().number()).1,
            names: numbers.into_iter().map(name).collect(),
        }
    }
}
