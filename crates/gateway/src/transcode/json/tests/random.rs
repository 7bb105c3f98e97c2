//! Random messages that have a JSON form.

use prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};

use super::SUBJECTS;

/// How deep messages are put in each other.
const MAX_DEPTH: u32 = 2;

/// Numbers out of a seed (`SplitMix64`), and what is made of them.
pub(super) struct Random {
    state: u64,
    depth: u32,
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed, depth: 0 }
    }

    pub(super) fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.number() % end as u64).expect("less than a usize")
    }

    pub(super) fn is_one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    pub(super) fn message(&mut self, descriptor: &MessageDescriptor) -> DynamicMessage {
        let mut message = DynamicMessage::new(descriptor.clone());
        match descriptor.full_name().strip_prefix("google.protobuf.") {
            Some("Any") => self.fill_any(&mut message),
            Some("Timestamp") => {
                self.fill_moment(&mut message, -62_135_596_800, 253_402_300_799);
            }
            Some("Duration") => self.fill_moment(&mut message, -315_576_000_000, 315_576_000_000),
            Some("FieldMask") => {
                let paths = (0..self.below(3)).map(|_| self.pick(&["a", "b_c.d", "e2e", "f_g_h"]));
                let paths = paths.map(|path| Value::String(path.to_owned())).collect();
                message.set_field_by_name("paths", Value::List(paths));
            }
            // The library writes `null` for a wrapped number that is none, and can't read that.
            Some("DoubleValue") => message.set_field_by_name("value", Value::F64(self.finite())),
            #[expect(clippy::cast_possible_truncation, reason = "any number will do")]
            Some("FloatValue") => {
                let value = self.finite() as f32;
                let value = if value.is_finite() { value } else { 1.5 };
                message.set_field_by_name("value", Value::F32(value));
            }
            Some("Value") => self.fill_value(&mut message),
            _ => self.fill(&mut message),
        }
        message
    }

    fn fill(&mut self, message: &mut DynamicMessage) {
        let descriptor = prost_reflect::ReflectMessage::descriptor(message);
        let field_count = descriptor.fields().len();
        let rareness = if field_count > 20 { field_count / 10 } else { 2 };
        self.depth += 1;
        for field in descriptor.fields() {
            let is_message = field.kind().as_message().is_some();
            let is_wanted = self.is_one_in(rareness) || field.is_required();
            if is_wanted && (self.depth <= MAX_DEPTH || !is_message) {
                let value = self.value_of(&field);
                message.set_field(&field, value);
            }
        }
        for extension in descriptor.extensions() {
            if self.depth <= MAX_DEPTH && self.is_one_in(8) {
                let value = self.value(&extension.kind());
                let is_list = extension.is_list();
                let value = if is_list { Value::List(vec![value]) } else { value };
                message.set_extension(&extension, value);
            }
        }
        self.depth -= 1;
    }

    fn value_of(&mut self, field: &FieldDescriptor) -> Value {
        let count = self.below(4);
        match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                let (key, value) = (entry.map_entry_key_field(), entry.map_entry_value_field());
                let entries = (0..count).map(|_| {
                    let key = self.value(&key.kind());
                    (map_key(key), self.value(&value.kind()))
                });
                Value::Map(entries.collect())
            }
            kind if field.is_list() => Value::List((0..count).map(|_| self.value(&kind)).collect()),
            kind => self.value(&kind),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "any number will do")]
    fn value(&mut self, kind: &Kind) -> Value {
        let number = self.integer();
        match kind {
            Kind::Double => Value::F64(self.float()),
            Kind::Float => Value::F32(self.float() as f32),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(number as i32),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(number.cast_signed()),
            Kind::Uint32 | Kind::Fixed32 => Value::U32(number as u32),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(number),
            Kind::Bool => Value::Bool(number.is_multiple_of(2)),
            Kind::String => Value::String(self.text()),
            Kind::Bytes => {
                let bytes: Vec<u8> = (0..self.below(9)).map(|_| self.number() as u8).collect();
                Value::Bytes(bytes.into())
            }
            Kind::Enum(one) if one.full_name() == "google.protobuf.NullValue" => {
                Value::EnumNumber(0)
            }
            Kind::Enum(_) => Value::EnumNumber(self.pick(&[0, 1, 3, 5, 7, -3, 2, i32::MIN])),
            Kind::Message(message) => Value::Message(self.message(message)),
        }
    }

    /// An integer, more often one at an edge.
    fn integer(&mut self) -> u64 {
        let edges =
            [0, 1, 127, 128, 1 << 31, (1 << 31) - 1, 1 << 63, u64::MAX, 9_007_199_254_740_993];
        if self.is_one_in(2) { self.pick(&edges) } else { self.number() }
    }

    fn float(&mut self) -> f64 {
        match self.below(12) {
            0 => f64::NAN,
            1 => f64::INFINITY,
            2 => f64::NEG_INFINITY,
            3 => -0.0,
            _ => self.finite(),
        }
    }

    fn finite(&mut self) -> f64 {
        let edges = [0.0, 1.0, -1.5, 1e16, 1e-7, 0.1, f64::MAX, f64::MIN_POSITIVE, 5e-324, 3.4e38];
        let any = f64::from_bits(self.number());
        if self.is_one_in(2) || !any.is_finite() { self.pick(&edges) } else { any }
    }

    fn text(&mut self) -> String {
        let parts = [
            "",
            "plain",
            "a longer text without anything special in it, to fill some blocks",
            "\"",
            "\\",
            "\n\r\t\u{8}\u{c}",
            "\0\u{1f}",
            "\u{7f}",
            "é",
            "日本",
            "\u{1f600}",
            "\u{2028}",
            "</script>",
        ];
        (0..self.below(4)).map(|_| self.pick(&parts)).collect()
    }

    fn fill_moment(&mut self, message: &mut DynamicMessage, min: i64, max: i64) {
        let range = (max - min).cast_unsigned() + 1;
        let seconds = match self.below(5) {
            0 => min,
            1 => max,
            2 => 0,
            _ => min + (self.number() % range).cast_signed(),
        };
        let nanos = self.pick(&[0, 1, 999_999_999, 500_000_000, 1_000, 120_034_000, 7_000_000]);
        let is_negative = seconds < 0 && min == -max;
        message.set_field_by_name("seconds", Value::I64(seconds));
        message.set_field_by_name("nanos", Value::I32(if is_negative { -nanos } else { nanos }));
    }

    fn fill_any(&mut self, message: &mut DynamicMessage) {
        let names = [
            "everything.v1.Small",
            "google.protobuf.Timestamp",
            "google.protobuf.Empty",
            "google.protobuf.Value",
            "google.protobuf.Int64Value",
            "google.protobuf.Any",
            "everything.v1.Everything",
        ];
        let is_deep = self.depth > MAX_DEPTH;
        let name = if is_deep { names[0] } else { self.pick(&names) };
        let inner = SUBJECTS.pool.get_message_by_name(name).expect("a message");
        self.depth += 1;
        let inner = self.message(&inner).encode_to_vec();
        self.depth -= 1;
        let type_url = format!("type.googleapis.com/{name}");
        message.set_field_by_name("type_url", Value::String(type_url));
        message.set_field_by_name("value", Value::Bytes(inner.into()));
    }

    fn fill_value(&mut self, message: &mut DynamicMessage) {
        let descriptor = prost_reflect::ReflectMessage::descriptor(message);
        let number = if self.depth > MAX_DEPTH { 4 } else { 6 };
        let number = u32::try_from(self.below(number) + 1).expect("a number");
        let field = descriptor.get_field(number).expect("a field");
        self.depth += 1;
        let value = match field.kind() {
            Kind::Double => Value::F64(self.finite()),
            kind => self.value(&kind),
        };
        self.depth -= 1;
        message.set_field(&field, value);
    }
}

fn map_key(value: Value) -> MapKey {
    match value {
        Value::Bool(key) => MapKey::Bool(key),
        Value::I32(key) => MapKey::I32(key),
        Value::I64(key) => MapKey::I64(key),
        Value::U32(key) => MapKey::U32(key),
        Value::U64(key) => MapKey::U64(key),
        Value::String(key) => MapKey::String(key),
        other => panic!("{other:?} is no key"),
    }
}
