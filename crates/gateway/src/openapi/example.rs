//! Examples, out of the comments or by the kinds of fields.
//!
//! By convention a comment gives an example in backticks behind a colon or behind `such as`:
//! `The code with its dots: 33.05`, the last word in backticks.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::{comments::Comments, rules::Rules};
use crate::transcode::{options, scalar};

/// How deep an example goes before it leaves messages empty: some contain themselves.
const MAX_DEPTH: usize = 5;

/// What a date looks like.
const DATE: &str = "2022-12-05";

/// What announces an example in a comment.
const SIGNS: [&str; 2] = [": `", "such as `"];

/// The example that a comment gives.
pub(crate) fn told(text: &str) -> Option<&str> {
    let text_after = |sign: &&str| {
        let (_, rest) = text.split_once(*sign)?;
        let (example, _) = rest.split_once('`')?;
        Some(example)
    };
    SIGNS.iter().filter_map(text_after).find(|example| !example.contains(['{', '\n', ' ']))
}

/// The example that is told of a text, or else of the name of the resource that it refers to.
pub(crate) fn of_text(field: &FieldDescriptor, comments: &Comments) -> Option<String> {
    let told = |field: &FieldDescriptor| {
        let prose = comments.of_field(field);
        told(&prose.text).map(str::to_owned)
    };
    told(field).or_else(|| told(&options::resource_of(field)?.get_field_by_name("name")?))
}

/// Who makes what the example is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// A request: outputs are nothing to send.
    Client,
    /// An answer: what is only sent is not shown.
    Server,
}

/// Makes examples.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Examples<'c> {
    pub(crate) comments: &'c Comments,
    pub(crate) side: Side,
}

impl Examples<'_> {
    /// An example of a message.
    pub(crate) fn message(self, message: &MessageDescriptor) -> Value {
        self.message_at(message, MAX_DEPTH)
    }

    /// An example of a field, as JSON holds it.
    pub(crate) fn field(self, field: &FieldDescriptor) -> Value {
        self.field_at(field, MAX_DEPTH)
    }

    fn message_at(self, message: &MessageDescriptor, depth: usize) -> Value {
        if scalar::is_well_known(message) {
            return well_known(message);
        }
        let Some(depth) = depth.checked_sub(1) else { return json!({}) };
        let mut members = Map::new();
        for field in message.fields().filter(|field| self.is_shown(field)) {
            members.insert(field.json_name().to_owned(), self.field_at(&field, depth));
        }
        Value::Object(members)
    }

    fn is_shown(self, field: &FieldDescriptor) -> bool {
        let is_of_other_side = match self.side {
            Side::Client => options::is_only_shown(field),
            Side::Server => options::is_input(field),
        };
        // Of a oneof only one can be set.
        let first = field.containing_oneof().and_then(|oneof| oneof.fields().next());
        first.is_none_or(|first| first == *field) && !is_of_other_side
    }

    fn field_at(self, field: &FieldDescriptor, depth: usize) -> Value {
        if field.is_map() {
            return json!({});
        }
        let value = self.single(field, depth);
        if field.is_list() { json!([value]) } else { value }
    }

    fn single(self, field: &FieldDescriptor, depth: usize) -> Value {
        match field.kind() {
            Kind::Double | Kind::Float => json!(0.5),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Uint32 | Kind::Fixed32 => {
                json!(Rules::of(field).minimum().max(1))
            }
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 | Kind::Uint64 | Kind::Fixed64 => {
                json!("1")
            }
            Kind::Bool => json!(true),
            Kind::Bytes => json!("AA=="),
            Kind::String => {
                let example = of_text(field, self.comments);
                let is_date = example.is_none() && Rules::of(field).is_date();
                json!(example.as_deref().unwrap_or(if is_date { DATE } else { "text" }))
            }
            Kind::Enum(values) if scalar::is_null(&values) => Value::Null,
            Kind::Enum(values) => {
                let taken = Rules::of(field).taken(&values);
                let is_taken = |name: &str| {
                    taken.as_ref().is_none_or(|taken| taken.iter().any(|(taken, _)| taken == name))
                };
                let mut given = values.values().filter(|value| value.number() != 0);
                let value = given.find(|value| is_taken(value.name()));
                json!(value.unwrap_or_else(|| values.default_value()).name())
            }
            Kind::Message(inner) => self.message_at(&inner, depth),
        }
    }
}

fn well_known(message: &MessageDescriptor) -> Value {
    match message.full_name().trim_start_matches("google.protobuf.") {
        "Timestamp" => json!("2022-12-05T07:00:00Z"),
        "Duration" => json!("1.5s"),
        "FieldMask" => json!("displayName"),
        "ListValue" => json!([]),
        "Value" | "StringValue" => json!("text"),
        "BytesValue" => json!("AA=="),
        "BoolValue" => json!(true),
        "Int64Value" | "UInt64Value" => json!("1"),
        "DoubleValue" | "FloatValue" | "Int32Value" | "UInt32Value" => json!(1),
        "Any" => any(message),
        _ => json!({}),
    }
}

/// An empty message of the contract, as one of another type could not be read.
fn any(message: &MessageDescriptor) -> Value {
    let pool = message.parent_pool();
    let mut inputs = pool
        .services()
        .flat_map(|service| service.methods().map(|method| method.input()).collect::<Vec<_>>());
    let input = inputs.find(|input| !scalar::is_well_known(input));
    input.map_or(
        json!({}),
        |input| json!({ "@type": format!("type.googleapis.com/{}", input.full_name()) }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_gives_an_example_behind_a_colon_or_such_as() {
        assert_eq!(told("The name, `regions/{code}`: `regions/33.05`."), Some("regions/33.05"));
        assert_eq!(told("With a code such as `91.09`."), Some("91.09"));
        assert_eq!(told("A filter: `a = b AND c`."), None);
        assert_eq!(told("See `regions`."), None);
    }
}
