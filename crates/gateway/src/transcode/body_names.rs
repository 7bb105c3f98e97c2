//! Checks the names in a JSON body, which the JSON library lets pass: one given twice, or in both
//! of its spellings. Unknown names are found on the way, all of them and with their paths, and how
//! deep the body is.

use std::{
    collections::HashSet,
    fmt::{self, Write as _},
};

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::transcode::{
    contract::{Binding, Body},
    field::field_in,
    scalar,
    violation::{Violation, Violations, reason},
};

/// How deep arrays and objects of a body may be nested.
///
/// Protobuf's libraries decode at most 100 messages within each other, and an object in a `Struct`
/// is three: 32 are taken by every server, while one more could fail there, with an error that
/// nobody understands.
const MAX_JSON_DEPTH: usize = 32;

/// Checks a body; says whether all its names are right, and notes those that aren't.
pub(crate) fn check(
    binding: &Binding,
    body: &[u8],
    violations: &mut Violations,
) -> Result<bool, serde_json::Error> {
    let mut findings =
        Findings { violations, path: String::new(), depth: 0, is_clean: true, is_too_deep: false };
    let shape = match &binding.body {
        Body::Field(field) => {
            field.json_name().clone_into(&mut findings.path);
            Shape::of_field(field)
        }
        Body::Whole | Body::Nothing | Body::Raw(_) => Shape::of_message(binding.input.clone()),
    };
    let mut json = serde_json::Deserializer::from_slice(body);
    let names = Names { shape, findings: &mut findings };
    match names.deserialize(&mut json).and_then(|()| json.end()) {
        Err(error) if !findings.is_too_deep => Err(error),
        _ => Ok(findings.is_clean),
    }
}

struct Findings<'v> {
    violations: &'v mut Violations,
    path: String,
    depth: usize,
    is_clean: bool,
    /// Whether the check ended early, as nothing deeper is read.
    is_too_deep: bool,
}

impl Findings<'_> {
    fn note(&mut self, name: &str, reason: &'static str, description: String) {
        self.is_clean = false;
        let field = join(&self.path, name);
        self.violations.push(Violation::new(&field, reason, description));
    }

    /// Goes a level deeper, until [`Findings::leave`].
    fn enter<E: Error>(&mut self) -> Result<(), E> {
        self.depth += 1;
        if self.depth <= MAX_JSON_DEPTH {
            return Ok(());
        }
        (self.is_clean, self.is_too_deep) = (false, true);
        let description = format!("is nested too deep: {MAX_JSON_DEPTH} levels are taken");
        self.violations.push(Violation::new(&self.path, reason::JSON_TOO_DEEP, &*description));
        Err(E::custom(description))
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }
}

/// What the JSON at a place is read as.
#[derive(Clone)]
enum Shape {
    /// The fields of a message, or a list of such.
    Message(MessageDescriptor),
    /// The values of a map, by any keys.
    Map(Box<Shape>),
    /// Anything: a single value, or a message that JSON shows in its own way.
    Anything,
}

impl Shape {
    fn of_message(message: MessageDescriptor) -> Self {
        if scalar::is_well_known(&message) { Self::Anything } else { Self::Message(message) }
    }

    fn of_field(field: &FieldDescriptor) -> Self {
        match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                Self::Map(Box::new(Self::of_field(&entry.map_entry_value_field())))
            }
            Kind::Message(message) => Self::of_message(message),
            _ => Self::Anything,
        }
    }
}

struct Names<'f, 'v> {
    shape: Shape,
    findings: &'f mut Findings<'v>,
}

impl<'de> DeserializeSeed<'de> for Names<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Names<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let Self { shape, findings } = self;
        findings.enter()?;
        let length = findings.path.len();
        for index in 0_usize.. {
            let _ = write!(findings.path, "[{index}]");
            let seed = Names { shape: shape.clone(), findings };
            let element = elements.next_element_seed(seed)?;
            findings.path.truncate(length);
            if element.is_none() {
                break;
            }
        }
        findings.leave();
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self { shape, findings } = self;
        findings.enter()?;
        let length = findings.path.len();
        let mut seen = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            let (canonical, inner) = shape.member(&name, findings);
            let is_new = seen.insert(canonical);
            if !is_new {
                findings.note(&name, reason::DUPLICATE_FIELD, "is given twice".to_owned());
            }
            findings.path = join(&findings.path, &name);
            members.next_value_seed(Names { shape: inner, findings })?;
            findings.path.truncate(length);
        }
        findings.leave();
        Ok(())
    }
}

impl Shape {
    /// The one spelling of a member's name, and what its value is read as.
    fn member(&self, name: &str, findings: &mut Findings<'_>) -> (String, Shape) {
        match self {
            Self::Anything => (name.to_owned(), Self::Anything),
            Self::Map(value) => (name.to_owned(), value.as_ref().clone()),
            Self::Message(message) => {
                if let Some(field) = field_in(message, name) {
                    return (field.json_name().to_owned(), Self::of_field(&field));
                }
                if message.get_extension_by_json_name(name).is_none() {
                    let description = format!("is unknown: `{}` has no such field", message.name());
                    findings.note(name, reason::UNKNOWN_FIELD, description);
                }
                (name.to_owned(), Self::Anything)
            }
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
