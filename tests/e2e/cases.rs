//! Plays each story twice, over gRPC and over REST, on a database each, and compares.

use std::{collections::BTreeSet, fs};

use serde_json::Value as Json;

use crate::{
    answer::{Answer, Refusal},
    grpc,
    rest::{Received, send},
    stack::Stack,
    story::{Saved, Step, Story, directory},
};

/// Makes a test of each story, and one that none is forgotten.
macro_rules! stories {
    ($($name:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $name() {
                play(stringify!($name)).await;
            }
        )+

        #[test]
        fn every_story_is_played() {
            let played = BTreeSet::from([$(concat!(stringify!($name), ".yaml").to_owned()),+]);
            let written = fs::read_dir(directory()).expect("the stories").map(|entry| {
                entry.expect("a story").file_name().into_string().expect("a name that is text")
            });
            assert_eq!(played, written.collect());
        }
    };
}

#[test]
fn every_method_is_told_of() {
    let stories = fs::read_dir(directory()).expect("the stories").map(|entry| {
        let path = entry.expect("a story").path();
        let name = path.file_stem().and_then(|name| name.to_str());
        Story::read(name.expect("a name that is text"))
    });
    let told: BTreeSet<_> =
        stories.flat_map(|story| story.steps).filter_map(|step| step.rpc).collect();
    assert_eq!(told, grpc::methods());
}

stories!(
    cohorts,
    evaluations,
    improvement,
    instruments,
    lists,
    programs,
    publications,
    regions,
    requests
);

async fn play(name: &str) {
    let story = Story::read(name);
    let over_grpc = Stack::start().await;
    let over_rest = Stack::start().await;
    let mut of_grpc = Saved::default();
    let mut of_rest = Saved::default();
    for step in &story.steps {
        let received = send_step(&over_rest, step, &of_rest).await;
        check_http(step, &received);
        if step.rest.starts_with("HEAD ") {
            check_head(&over_rest, step, &received).await;
            continue;
        }
        let answer = received.into_answer().without_times();
        check_answer(step, "REST", &answer);
        if let Answer::Message(message) = &answer {
            of_rest.keep(step, message);
        }
        if let Some(rpc) = &step.rpc {
            let called = over_grpc.grpc.call(rpc, &of_grpc.in_json(&step.request)).await;
            let called = called.without_times();
            check_answer(step, "gRPC", &called);
            if let Answer::Message(message) = &called {
                of_grpc.keep(step, message);
            }
            assert_eq!(called, answer, "{name}, {}: gRPC beside REST", step.it);
        }
    }
}

async fn send_step(stack: &Stack, step: &Step, saved: &Saved) -> Received {
    let line = saved.in_text(&step.rest);
    let (method, path) = line.split_once(' ').expect("a method and a path");
    let mut request = stack.rest.request(method, path);
    for (name, value) in &step.headers {
        request = request.header(name, value);
    }
    if let Some(body) = &step.body {
        request = request.json(&saved.in_json(body));
    }
    if let Some(raw) = &step.raw {
        if !raw.media_type.is_empty() {
            request = request.header("content-type", &raw.media_type);
        }
        request = request.body(format!("{}{}", raw.text, " ".repeat(raw.blanks)));
    }
    send(request).await
}

fn check_http(step: &Step, received: &Received) {
    assert_eq!(received.status, step.expect.http, "{}: {received:?}", step.it);
    for (name, value) in &step.expect.headers {
        assert_eq!(received.header(name), value, "{}: {name}", step.it);
    }
}

/// HEAD answers as GET does, less the body.
async fn check_head(stack: &Stack, step: &Step, head: &Received) {
    assert_eq!(head.body, "", "{}", step.it);
    let path = step.rest.trim_start_matches("HEAD ");
    let get = send(stack.rest.request("GET", path)).await;
    assert_eq!(head.status, get.status, "{}", step.it);
    for name in ["content-type", "content-length"] {
        assert_eq!(head.header(name), get.header(name), "{}: {name}", step.it);
    }
    assert_eq!(get.header("content-length"), get.body.len().to_string());
}

fn check_answer(step: &Step, transport: &str, answer: &Answer) {
    let expect = &step.expect;
    match answer {
        Answer::Message(message) => {
            assert_eq!(expect.code, "OK", "{} ({transport}): answered {message}", step.it);
            if let Some(difference) = difference(&expect.answer, message) {
                panic!("{} ({transport}): {difference}\nin {message:#}", step.it);
            }
        }
        Answer::Refusal(refusal) => {
            let Refusal { code, reason, metadata: _, fields: _, detail } = refusal;
            let names = refusal.field_names();
            assert_eq!(
                (code, reason, names),
                (&expect.code, &expect.reason, expect.fields.iter().map(String::as_str).collect()),
                "{} ({transport}): {refusal:?}",
                step.it
            );
            assert!(!detail.is_empty(), "{} ({transport})", step.it);
        }
    }
}

/// Where a value lacks what is expected of it.
fn difference(expected: &Json, value: &Json) -> Option<String> {
    match (expected, value) {
        (Json::Object(members), Json::Object(_)) => members.iter().find_map(|(name, member)| {
            let found = value.get(name).unwrap_or(&Json::Null);
            difference(member, found).map(|difference| format!(".{name}{difference}"))
        }),
        (Json::Array(items), Json::Array(found)) if items.len() == found.len() => {
            items.iter().zip(found).enumerate().find_map(|(index, (item, found))| {
                difference(item, found).map(|difference| format!("[{index}]{difference}"))
            })
        }
        (expected, value) => (expected != value).then(|| format!(": {value} is not {expected}")),
    }
}
