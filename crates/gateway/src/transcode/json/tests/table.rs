//! Single values and their JSON.

use super::*;

/// The JSON of a message given in the library's, by way of its bytes.
fn rewritten(name: &str, json: &str) -> String {
    let descriptor = descriptor(name);
    let bytes = read_by_library(&descriptor, json).encode_to_vec();
    written_at_once(&descriptor, &bytes).expect("a usual message")
}

#[test]
fn values_have_their_texts() {
    for (field, value) in [
        ("choiceDouble", "-0.0"),
        ("oneDouble", "\"NaN\""),
        ("oneDouble", "\"Infinity\""),
        ("oneFloat", "\"-Infinity\""),
        ("oneFloat", "0.1"),
        ("oneInt64", "\"-9223372036854775808\""),
        ("oneUint64", "\"18446744073709551615\""),
        ("oneSint32", "-2147483648"),
        ("oneSint64", "\"-9223372036854775808\""),
        ("oneString", "\"\\u0000\\u001f\\\"\\\\\\n\\r\\t\\b\\f/\u{7f}é\""),
        ("oneBytes", "\"+/8=\""),
        ("oneLevel", "\"LEVEL_LOW\""),
        ("oneLevel", "\"LEVEL_BELOW\""),
        ("oneLevel", "99"),
        ("maybeInt32", "0"),
        ("manyInt64", "[\"1\",\"-1\"]"),
        ("unpackedLevel", "[\"LEVEL_HIGH\",4]"),
        ("choiceNull", "null"),
        ("byBool", "{\"true\":\"\"}"),
        ("byInt64", "{\"-1\":\"a\"}"),
        ("valueOf", "{\"false\":null}"),
        ("timestamp", "\"0001-01-01T00:00:00Z\""),
        ("timestamp", "\"9999-12-31T23:59:59.999999999Z\""),
        ("timestamp", "\"1969-12-31T23:59:59.500Z\""),
        ("timestamp", "\"2024-02-29T12:00:00.000100Z\""),
        ("duration", "\"-0.500s\""),
        ("duration", "\"315576000000s\""),
        ("duration", "\"-315576000000.000000001s\""),
        ("fieldMask", "\"a,bC.dEf2\""),
        ("fieldMask", "\"\""),
        ("empty", "{}"),
        ("struct", "{\"a\":[null,true,1.5,\"x\",{}]}"),
        ("value", "null"),
        ("listValue", "[[],[{}]]"),
        ("int64Value", "\"0\""),
        ("uint64Value", "\"1\""),
        ("bytesValue", "\"\""),
        ("doubleValue", "\"NaN\""),
        ("floatValue", "\"-Infinity\""),
        ("any", "{\"@type\":\"x.y/google.protobuf.Duration\",\"value\":\"1s\"}"),
        ("any", "{\"@type\":\"/google.protobuf.Empty\",\"value\":{}}"),
        ("highest", "7"),
        ("behindTheTableEnd", "\"256\""),
        ("quite \\\"other\\\" \\n", "\"x\""),
    ] {
        let json = rewritten("everything.v1.Everything", &format!("{{\"{field}\":{value}}}"));
        assert!(json.contains(&format!("\"{field}\":{value}")), "{field}: {value} in {json}");
    }
}

#[test]
fn an_any_shows_the_fields_of_its_message_beside_its_type() {
    let json = r#"{"any":{"@type":"type.googleapis.com/everything.v1.Small","id":"i"}}"#;
    let json = parsed(&rewritten("everything.v1.Everything", json));
    insta::assert_snapshot!(json["any"].to_string());
}

#[test]
fn fields_come_as_they_are_written_and_then_those_that_are_absent() {
    let small = descriptor("everything.v1.Small");
    let bytes = b"\x10\x05\x0a\x01i";
    assert_eq!(
        written_at_once(&small, bytes).as_deref(),
        Some(r#"{"count":"5","id":"i","tags":[],"level":"LEVEL_UNSPECIFIED"}"#)
    );
}

#[test]
fn an_entry_of_a_map_may_lack_what_has_its_default() {
    let everything = descriptor("everything.v1.Everything");
    for (field, expected) in [
        ("by_int32", r#"{"0":""}"#),
        ("by_string", r#"{"":""}"#),
        ("by_bool", r#"{"false":""}"#),
        ("level_of", r#"{"":"LEVEL_UNSPECIFIED"}"#),
        ("value_of", r#"{"false":null}"#),
        ("timestamp_of", r#"{"":"1970-01-01T00:00:00Z"}"#),
    ] {
        let field = everything.get_field_by_name(field).expect("a field");
        let mut bytes = Vec::new();
        prost::encoding::bytes::encode(field.number(), &Vec::<u8>::new(), &mut bytes);
        let mut json = Vec::new();
        let writer = Writer::new(&SUBJECTS.tables, &everything, Some(&field));
        writer.write_usual(&bytes, &mut json).expect("a usual entry");
        assert_eq!(String::from_utf8(json).as_deref(), Ok(expected), "{}", field.name());
    }
}

#[test]
fn what_has_no_json_form_is_an_error() {
    let everything = descriptor("everything.v1.Everything");
    let mut timestamp = Vec::new();
    prost::encoding::int64::encode(1, &253_402_300_800, &mut timestamp);
    let mut any = Vec::new();
    prost::encoding::string::encode(1, &"x.y/un.known.Message".to_owned(), &mut any);
    let mut number = Vec::new();
    prost::encoding::double::encode(2, &f64::NAN, &mut number);
    for (field, inner) in [("timestamp", timestamp), ("any", any), ("value", number)] {
        let field = everything.get_field_by_name(field).expect("a field");
        let mut bytes = Vec::new();
        prost::encoding::bytes::encode(field.number(), &inner, &mut bytes);
        let error = written(&everything, &bytes).expect_err("no JSON form");
        let is_told = match field.name() {
            "any" => {
                matches!(&error, WriteError::UnknownType(url) if url == "x.y/un.known.Message")
            }
            _ => matches!(error, WriteError::Form(_)),
        };
        assert!(is_told, "{error:?}");
    }
}
