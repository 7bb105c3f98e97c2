//! Contracts that can't be served.

use std::{error::Error as _, fs};

use takar_gateway::{Gateway, Limits, Upstream};

/// Tries to serve methods of these annotations, and says what is wrong with them.
fn refusal(annotations: &[&str]) -> String {
    let options: Vec<_> = annotations
        .iter()
        .map(|annotation| format!("option (google.api.http) = {{{annotation}}};"))
        .collect();
    refusal_of_options(&options)
}

/// As [`refusal`], of a method whose answers may be kept so.
fn refusal_of_policy(policy: &str) -> String {
    let route = "option (google.api.http) = {get: \"/v1\"};";
    refusal_of_options(&[format!("{route} option (takar.gateway.v1.cache) = {{{policy}}};")])
}

fn refusal_of_options(options: &[String]) -> String {
    let methods: Vec<_> = options
        .iter()
        .enumerate()
        .map(|(index, options)| {
            format!("rpc Method{index}(Message) returns (Message) {{ {options} }}\n")
        })
        .collect();
    let proto = format!(
        "syntax = \"proto3\"; package bad.v1; import \"google/api/annotations.proto\";
        import \"google/protobuf/timestamp.proto\"; import \"takar/gateway/v1/annotations.proto\";
        service Bad {{ {} }}
        message Message {{
            string name = 1; repeated string names = 2; Message message = 3;
            google.protobuf.Timestamp at = 4; repeated google.protobuf.Timestamp times = 5;
        }}",
        methods.concat()
    );
    let directory = tempfile::tempdir().expect("a directory");
    fs::write(directory.path().join("bad.proto"), proto).expect("a file");
    let google = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto");
    let mut compiler = protox::Compiler::new([directory.path(), google.as_ref()]).expect("paths");
    compiler.include_imports(true).open_file("bad.proto").expect("a proto file that compiles");
    let upstream = Upstream::parse("http://127.0.0.1:1").expect("an upstream");
    let descriptor_set = compiler.encode_file_descriptor_set();
    match Gateway::new(&descriptor_set, &upstream, Limits::default()) {
        Ok(_) => "served".to_owned(),
        Err(error) => match error.source() {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    }
}

#[tokio::test]
async fn a_contract_that_cannot_be_served_is_refused_by_name() {
    let refusals = [
        &["get: \"/v1/{name}\"", "get: \"/v1/{message.name=*}\""][..],
        &["get: \"/v1/{name}\"", "post: \"/v1/{name}\" body: \"*\""],
        &["get: \"/v1/{nmae}\""],
        &["get: \"/v1/{names}\""],
        &["get: \"/v1/{message}\""],
        &["get: \"/v1/{names.name}\""],
        &["get: \"/v1/{name\""],
        &["post: \"/v1\" body: \"nmae\""],
        &["get: \"/v1\" response_body: \"nmae\""],
        &["body: \"*\""],
        &["custom: {kind: \"NO METHOD\" path: \"/v1\"}"],
        &["get: \"/v1\" additional_bindings { get: \"/v2\" additional_bindings { get: \"/v3\" } }"],
    ]
    .map(refusal);
    insta::assert_snapshot!(refusals.join("\n"));
}

#[tokio::test]
async fn a_policy_that_means_nothing_is_refused_by_name() {
    let refusals = [
        "public: true max_age: {seconds: 1} stale_while_revalidate: {seconds: 1}",
        "public: true immutable_as_of: \"message.at\"",
        "public: true immutable_as_of: \"nmae\"",
        "public: true immutable_as_of: \"name\"",
        "public: true immutable_as_of: \"times\"",
        "public: true max_age: {seconds: -1}",
        "public: true stale_while_revalidate: {seconds: 1}",
        "public: true languages: \"id\"",
        "public: true by_language: true languages: \"id_ID\"",
    ]
    .map(refusal_of_policy);
    insta::assert_snapshot!(refusals.join("\n"));
}

#[tokio::test]
async fn bytes_that_are_no_descriptors_are_refused() {
    let upstream = Upstream::parse("unix:///run/takar.sock").expect("an upstream");
    assert!(Gateway::new(b"\xff", &upstream, Limits::default()).is_err());
}

#[test]
fn addresses_that_cannot_be_spoken_to_are_refused() {
    for url in ["ftp://host:1", "host:1", "", "http://", "https://", "http://a b"] {
        assert!(Upstream::parse(url).is_err(), "{url}");
    }
}
