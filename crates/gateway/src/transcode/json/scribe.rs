//! Writes a message as its bytes are read.

use std::ops::Range;

use crate::transcode::json::{
    Unusual,
    tables::{Field, Holds, Kind, Shape, Table, Tables},
    text,
    wire::{Wire, WireType},
};

/// The fields of an entry of a map.
const ENTRY_KEY: u32 = 1;
const ENTRY_VALUE: u32 = 2;

/// The field of the messages that are shown as one field.
const ONLY_FIELD: u32 = 1;

pub(super) type Written = Result<(), Unusual>;

/// Writes one text.
///
/// All that is in a list, an object or a map is written with a comma behind it, and the last comma
/// is written over by the end. Where it gives up, what is written so far means nothing.
pub(super) struct Scribe<'s> {
    pub(super) tables: &'s Tables,
    pub(super) json: &'s mut Vec<u8>,
}

impl<'s> Scribe<'s> {
    pub(super) fn new(tables: &'s Tables, json: &'s mut Vec<u8>) -> Self {
        Self { tables, json }
    }

    /// Writes a message, in which others may stand as deep as is left.
    pub(super) fn message(&mut self, table: &Table, bytes: &[u8], depth_left: u32) -> Written {
        match table.shape {
            Shape::Object => {
                self.json.push(b'{');
                self.members(table, bytes, depth_left)?;
                self.close(b'}');
                Ok(())
            }
            Shape::OnlyField => self.only_field(table, ONLY_FIELD, bytes, depth_left),
            Shape::Any => self.any(bytes, depth_left),
            Shape::Duration => self.duration(bytes),
            Shape::Empty => self.empty(bytes),
            Shape::FieldMask => self.field_mask(bytes),
            Shape::Timestamp => self.timestamp(bytes),
            Shape::Value => self.value(table, bytes, depth_left),
        }
    }

    /// Writes the fields that are there as they come, and those that are shown nevertheless.
    pub(super) fn members(&mut self, table: &Table, bytes: &[u8], depth_left: u32) -> Written {
        let mut wire = Wire::new(bytes);
        let mut seen = Marks::new(table.mark_count);
        while !wire.is_empty() {
            let (number, wire_type) = wire.key()?;
            let Some(field) = table.field(number) else {
                wire.skip(wire_type)?;
                continue;
            };
            seen.set(field.mark)?;
            if let Some(mark) = field.oneof_mark {
                seen.set(mark)?;
            }
            self.json.extend_from_slice(&field.name);
            self.held(field, wire_type, &mut wire, depth_left)?;
            self.json.push(b',');
        }
        for field in &table.fields {
            if let Some(absent) = &field.absent
                && !seen.has(field.mark)
            {
                self.json.extend_from_slice(absent);
            }
        }
        Ok(())
    }

    /// Writes the value of one field, without its name.
    pub(super) fn only_field(
        &mut self,
        table: &Table,
        number: u32,
        bytes: &[u8],
        depth_left: u32,
    ) -> Written {
        let only = table.field(number).ok_or(Unusual)?;
        let mut wire = Wire::new(bytes);
        let mut is_written = false;
        while !wire.is_empty() {
            let (number, wire_type) = wire.key()?;
            let field = table.field(number);
            if number == only.number {
                if std::mem::replace(&mut is_written, true) {
                    return Err(Unusual);
                }
                self.held(only, wire_type, &mut wire, depth_left)?;
            } else if only.oneof_mark.is_some()
                && field.and_then(|one| one.oneof_mark) == only.oneof_mark
            {
                return Err(Unusual);
            } else {
                wire.skip(wire_type)?;
            }
        }
        if !is_written {
            self.json.extend_from_slice(only.absent_value());
        }
        Ok(())
    }

    /// Writes what a field holds, of which the first key is read.
    #[inline]
    pub(super) fn held(
        &mut self,
        field: &Field,
        wire_type: WireType,
        wire: &mut Wire<'_>,
        depth_left: u32,
    ) -> Written {
        match field.holds {
            Holds::One(kind) => self.one(kind, wire_type, wire, depth_left),
            Holds::List(kind) => self.list(field.number, kind, wire_type, wire, depth_left),
            Holds::Map(key, value) => {
                self.map(field.number, (key, value), wire_type, wire, depth_left)
            }
            Holds::Rarity => Err(Unusual),
        }
    }

    fn list(
        &mut self,
        number: u32,
        kind: Kind,
        wire_type: WireType,
        wire: &mut Wire<'_>,
        depth_left: u32,
    ) -> Written {
        self.json.push(b'[');
        let mut next = Some(wire_type);
        while let Some(wire_type) = next {
            if wire_type == WireType::Length && kind.wire_type() != WireType::Length {
                let mut packed = Wire::new(wire.bytes()?);
                while !packed.is_empty() {
                    self.one(kind, kind.wire_type(), &mut packed, depth_left)?;
                    self.json.push(b',');
                }
            } else {
                self.one(kind, wire_type, wire, depth_left)?;
                self.json.push(b',');
            }
            next = wire.key_of(number)?;
        }
        self.close(b']');
        Ok(())
    }

    fn map(
        &mut self,
        number: u32,
        entry: (Kind, Kind),
        wire_type: WireType,
        wire: &mut Wire<'_>,
        depth_left: u32,
    ) -> Written {
        // The entry is a message itself, though prost doesn't always count it.
        let depth_left = depth_left.checked_sub(1).ok_or(Unusual)?;
        self.json.push(b'{');
        let mut keys = Vec::new();
        let mut next = Some(wire_type);
        while let Some(wire_type) = next {
            if wire_type != WireType::Length {
                return Err(Unusual);
            }
            keys.push(self.entry(entry, wire.bytes()?, depth_left)?);
            self.json.push(b',');
            next = wire.key_of(number)?;
        }
        self.close(b'}');
        if self.are_distinct(keys) { Ok(()) } else { Err(Unusual) }
    }

    /// Writes an entry of a map, and says where its key is.
    fn entry(
        &mut self,
        (key, value): (Kind, Kind),
        bytes: &[u8],
        depth_left: u32,
    ) -> Result<Range<usize>, Unusual> {
        let mut wire = Wire::new(bytes);
        let start = self.json.len();
        if !key.is_quoted() {
            self.json.push(b'"');
        }
        self.one_or_default(key, ENTRY_KEY, &mut wire, depth_left)?;
        if !key.is_quoted() {
            self.json.push(b'"');
        }
        let written = start..self.json.len();
        self.json.push(b':');
        self.one_or_default(value, ENTRY_VALUE, &mut wire, depth_left)?;
        if wire.is_empty() { Ok(written) } else { Err(Unusual) }
    }

    fn one_or_default(
        &mut self,
        kind: Kind,
        number: u32,
        wire: &mut Wire<'_>,
        depth_left: u32,
    ) -> Written {
        match (wire.key_of(number)?, kind) {
            (Some(wire_type), _) => self.one(kind, wire_type, wire, depth_left),
            (None, Kind::Message(index)) => {
                self.message(self.tables.message(index), &[], depth_left)
            }
            (None, _) => {
                self.json.extend_from_slice(self.tables.default_of(kind));
                Ok(())
            }
        }
    }

    /// Whether all keys, by where they are written, are different.
    fn are_distinct(&self, mut keys: Vec<Range<usize>>) -> bool {
        let text = |key: &Range<usize>| &self.json[key.clone()];
        let is_sorted =
            |keys: &[Range<usize>]| keys.windows(2).all(|pair| text(&pair[0]) < text(&pair[1]));
        // Many serializers write the keys in their order.
        is_sorted(&keys) || {
            keys.sort_unstable_by(|one, other| text(one).cmp(text(other)));
            is_sorted(&keys)
        }
    }

    /// Writes one value.
    #[expect(clippy::cast_possible_truncation, reason = "prost drops what is too much, too")]
    fn one(
        &mut self,
        kind: Kind,
        wire_type: WireType,
        wire: &mut Wire<'_>,
        depth_left: u32,
    ) -> Written {
        if wire_type != kind.wire_type() {
            return Err(Unusual);
        }
        let json = &mut *self.json;
        match kind {
            Kind::Double => text::float(json, f64::from_le_bytes(wire.fixed64()?)),
            Kind::Float => text::float(json, f32::from_le_bytes(wire.fixed32()?)),
            Kind::Int32 => text::integer(json, wire.varint()? as i32),
            Kind::Int64 => text::quoted(json, wire.varint()?.cast_signed()),
            Kind::Uint32 => text::integer(json, wire.varint()? as u32),
            Kind::Uint64 => text::quoted(json, wire.varint()?),
            Kind::Sint32 => {
                let zigzag = wire.varint()? as u32;
                text::integer(json, (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed());
            }
            Kind::Sint64 => {
                let zigzag = wire.varint()?;
                text::quoted(json, (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed());
            }
            Kind::Fixed32 => text::integer(json, u32::from_le_bytes(wire.fixed32()?)),
            Kind::Fixed64 => text::quoted(json, u64::from_le_bytes(wire.fixed64()?)),
            Kind::Sfixed32 => text::integer(json, i32::from_le_bytes(wire.fixed32()?)),
            Kind::Sfixed64 => text::quoted(json, i64::from_le_bytes(wire.fixed64()?)),
            Kind::Bool => {
                let is_true = wire.varint()? != 0;
                json.extend_from_slice(if is_true { b"true" } else { b"false" });
            }
            Kind::String => text::utf8(json, wire.bytes()?)?,
            Kind::Bytes => text::base64(json, wire.bytes()?),
            Kind::Null => {
                wire.varint()?;
                json.extend_from_slice(b"null");
            }
            Kind::Enum(index) => {
                let number = wire.varint()? as i32;
                match self.tables.enum_name(index, number) {
                    Some(name) => json.extend_from_slice(name),
                    None => text::integer(json, number),
                }
            }
            Kind::Message(index) => {
                let depth_left = depth_left.checked_sub(1).ok_or(Unusual)?;
                return self.message(self.tables.message(index), wire.bytes()?, depth_left);
            }
        }
        Ok(())
    }

    /// Ends an object or a list.
    pub(super) fn close(&mut self, end: u8) {
        match self.json.last_mut() {
            Some(last) if *last == b',' => *last = end,
            _ => self.json.push(end),
        }
    }
}

/// What was seen of a message, by marks; most messages have fewer than one word has bits.
struct Marks {
    first: u64,
    more: Vec<u64>,
}

impl Marks {
    fn new(count: usize) -> Self {
        Self { first: 0, more: vec![0; count.div_ceil(64).saturating_sub(1)] }
    }

    /// Sets a mark that must not be set yet: which of two counts is for the library to say.
    fn set(&mut self, mark: usize) -> Written {
        let bit = 1 << (mark % 64);
        let word = match mark / 64 {
            0 => &mut self.first,
            index => self.more.get_mut(index - 1).ok_or(Unusual)?,
        };
        let is_new = *word & bit == 0;
        *word |= bit;
        if is_new { Ok(()) } else { Err(Unusual) }
    }

    fn has(&self, mark: usize) -> bool {
        let word = match mark / 64 {
            0 => self.first,
            index => self.more[index - 1],
        };
        word & (1 << (mark % 64)) != 0
    }
}
