//! What the fuzz targets in `fuzz/` try on arbitrary bytes, and the tests too.
//!
//! It stands here because it needs what the crate shows to nobody; only fuzzers and tests compile
//! it. Each function panics where a property doesn't hold.

use std::{collections::HashSet, sync::Arc};

use http::Method;
use prost::Message as _;
use prost_reflect::DynamicMessage;
use serde_json::Value;

use crate::transcode::{
    body,
    contract::{self, Binding, Body},
    json::{Tables, Writer},
    percent::{self, Slash},
    query,
    router::{Found, MethodPattern, Router},
    template::Template,
    violation::Violations,
};

/// The service of `tests/proto/everything.proto`, whose messages the targets make and read.
#[derive(Debug)]
pub struct Subject {
    /// All of it from the query.
    from_query: Arc<Binding>,
    /// All of it from the body.
    from_body: Arc<Binding>,
    /// Writers of messages that differ in what they hold.
    writers: Vec<Writer>,
}

impl Subject {
    /// Takes the bindings of `Echo` out of a descriptor set.
    ///
    /// # Panics
    /// Where it isn't that of `tests/proto/everything.proto`.
    pub fn new(descriptor_set: &[u8]) -> Self {
        let rules = contract::read(descriptor_set).expect("a contract");
        let echo = |body: Body| {
            let is_wanted =
                |binding: &Binding| binding.method.ends_with(".Echo") && binding.body == body;
            let rule = rules.iter().find(|rule| is_wanted(&rule.binding));
            Arc::clone(&rule.expect("the method `Echo`").binding)
        };
        let (from_query, from_body) = (echo(Body::Nothing), echo(Body::Whole));
        let pool = from_body.output.parent_pool();
        let tables = Arc::new(Tables::new(pool));
        let names = ["everything.v1.Everything", "legacy.v1.Legacy", "google.protobuf.Struct"];
        let messages = names.map(|name| pool.get_message_by_name(name).expect("a message"));
        let writers = messages.iter().map(|message| Writer::new(&tables, message, None));
        Self { writers: writers.collect(), from_query, from_body }
    }

    /// A query is bound or refused; what is bound has a JSON form, which reads back as the same.
    pub fn query(&self, data: &[u8]) {
        let Ok(text) = str::from_utf8(data) else { return };
        let mut request = DynamicMessage::new(self.from_query.input.clone());
        let mut violations = Violations::default();
        query::bind(&self.from_query, text, &mut request, &mut violations);
        if violations.into_vec().is_empty() {
            self.assert_round_trip(&request);
        }
    }

    /// A body is read or refused; what is read has a JSON form, which reads back as the same.
    pub fn json_to_message(&self, data: &[u8]) {
        let mut violations = Violations::default();
        let request = body::read(&self.from_body, data, &mut violations);
        if let Ok(request) = request
            && violations.into_vec().is_empty()
        {
            self.assert_round_trip(&request);
        }
    }

    /// Bytes are written as the library writes the message that they are, or are refused by both.
    ///
    /// The first byte chooses the type of the message.
    pub fn message_to_json(&self, data: &[u8]) {
        let Some((choice, bytes)) = data.split_first() else { return };
        self.writers[usize::from(*choice) % self.writers.len()].assert_as_library(bytes);
    }

    fn assert_round_trip(&self, request: &DynamicMessage) {
        let json = self.written(request);
        let mut violations = Violations::default();
        let read = body::read(&self.from_body, &json, &mut violations).expect("JSON");
        assert_eq!(violations.into_vec(), [], "{}", String::from_utf8_lossy(&json));
        let again = self.written(&read);
        // The library's `null` for a wrapped number that is none reads back as nothing at all.
        let [again, json] = [&again, &json].map(|json| {
            let mut value = serde_json::from_slice(json).expect("JSON");
            drop_nulls(&mut value);
            value
        });
        assert_same_values(&again, &json);
    }

    fn written(&self, message: &DynamicMessage) -> Vec<u8> {
        let mut json = Vec::new();
        let written = self.writers[0].write(&message.encode_to_vec(), &mut json);
        written.expect("what was read can be written");
        json
    }
}

/// A template and a path, on two lines, are matched or refused; what matches has all variables.
pub fn template(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let (text, path) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(template) = Template::parse(text) else { return };
    let names: Vec<_> =
        template.variables.iter().map(|variable| variable.field_path.clone()).collect();
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "a field is bound twice");
    let mut router = Router::new();
    router.insert(MethodPattern::Any, template, ()).expect("the only route");
    if let Ok(Found::Route((), values)) = router.find(&Method::GET, path) {
        assert_eq!(values.len(), names.len(), "{text} of {path}");
    }
}

/// What can be decoded stays the same where it is encoded and decoded again.
pub fn percent(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let decoded =
        [percent::decode(text, Slash::Decode).map(Into::into), percent::decode_query(text)];
    for text in decoded.into_iter().flatten() {
        let encoded: Vec<_> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let encoded = encoded.concat();
        assert_eq!(percent::decode(&encoded, Slash::Decode).as_deref(), Ok(&*text));
        assert_eq!(percent::decode_query(&encoded).as_deref(), Ok(&*text));
    }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(drop_nulls),
        Value::Object(members) => {
            members.retain(|_, value| !value.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        _ => {}
    }
}

/// Compares two JSON texts, but for the order of members.
///
/// Numbers that are none are strings by definition; in a wrapper the library writes them as `null`.
pub(crate) fn assert_same_json(ours: &str, theirs: &str) {
    let parse = |json| serde_json::from_str(json).unwrap_or_else(|_| panic!("no JSON: {json}"));
    let (our_value, their_value): (Value, Value) = (parse(ours), parse(theirs));
    assert_same_values(&our_value, &their_value);
    // A member that stands in it twice would be lost on the parser, but makes it longer. So does
    // the sign of a zero, which the library drops from some.
    let is_exact = our_value == their_value && !ours.contains("-0.0");
    assert!(!is_exact || ours.len() == theirs.len(), "{ours}\n{theirs}");
}

/// Compares two values, and names the place where they differ.
pub(crate) fn assert_same_values(ours: &Value, theirs: &Value) {
    if let Some(difference) = difference("", ours, theirs) {
        panic!("{difference}, in\n{ours}\n{theirs}");
    }
}

/// Where two values differ, and how.
fn difference(path: &str, ours: &Value, theirs: &Value) -> Option<String> {
    match (ours, theirs) {
        (Value::String(ours), Value::Null) if is_no_number(ours) => None,
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            let mut pairs = ours.iter().zip(theirs).enumerate();
            pairs.find_map(|(index, (one, two))| difference(&format!("{path}[{index}]"), one, two))
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            let names = ours.keys().chain(theirs.keys());
            names.into_iter().find_map(|name| {
                let path = format!("{path}.{name}");
                match (ours.get(name), theirs.get(name)) {
                    (Some(one), Some(two)) => difference(&path, one, two),
                    (one, _) => {
                        Some(format!("{path} is only in {}", one.map_or("theirs", |_| "ours")))
                    }
                }
            })
        }
        (ours, theirs) if ours == theirs => None,
        (ours, theirs) => Some(format!("{path} is {ours}, not {theirs}")),
    }
}

fn is_no_number(text: &str) -> bool {
    ["NaN", "Infinity", "-Infinity"].contains(&text)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static SUBJECT: LazyLock<Subject> = LazyLock::new(|| {
        let root = env!("CARGO_MANIFEST_DIR");
        let includes = [format!("{root}/tests/proto"), format!("{root}/../../proto")];
        let mut compiler = protox::Compiler::new(includes).expect("the include paths");
        compiler.include_imports(true).open_file("everything.proto").expect("it compiles");
        Subject::new(&compiler.encode_file_descriptor_set())
    });

    proptest! {
        #[test]
        fn arbitrary_bytes_break_nothing(data in any::<Vec<u8>>()) {
            template(&data);
            percent(&data);
            SUBJECT.query(&data);
            SUBJECT.json_to_message(&data);
            SUBJECT.message_to_json(&data);
        }

        #[test]
        fn arbitrary_templates_and_paths_break_nothing(
            text in "/([a-z*{}=:./]|\\*\\*|\\{a=|\\{b\\}){0,12}",
            path in "/[a-z:%2Ff/]{0,12}",
        ) {
            template(format!("{text}\n{path}").as_bytes());
        }

        #[test]
        fn arbitrary_parameters_break_nothing(
            name in "(one_int32|manyString|timestamp|duration|field_mask|choiceBytes|double_value\
                |one_message.one_level|maybe_small.tags)",
            value in "[-+0-9a-zA-Z.,:%_]{0,12}",
        ) {
            SUBJECT.query(format!("{name}={value}&{name}={value}").as_bytes());
        }
    }
}
