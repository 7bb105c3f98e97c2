//! Plays each story twice, over gRPC and over REST, on a database each, and compares.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::Value as Json;

use crate::{
    answer::{Answer, Refusal},
    grpc,
    rest::{Received, send},
    stack::{Actor, Stack},
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
    access,
    analyses,
    cohorts,
    cycles,
    evaluations,
    evidence,
    exports,
    filters,
    imports,
    improvement,
    instruments,
    lists,
    merge_patches,
    programs,
    publications,
    quick_wins,
    rankings,
    ranking_pages,
    region_changes,
    regions,
    requests,
    simulation,
    summaries,
    trends,
    updates,
    workflow
);

async fn play(name: &str) {
    let story = Story::read(name);
    let mut over_grpc = Transport::start(&story).await;
    let mut over_rest = Transport::start(&story).await;
    for step in &story.steps {
        let received = over_rest.send(step).await;
        check_http(step, &over_rest.saved, &received);
        if step.rest.starts_with("HEAD ") {
            check_head(&over_rest.stack, step, &received).await;
            continue;
        }
        let answer = received.into_answer();
        over_rest.keep(step, &answer);
        let answer = answer.without_times();
        check_answer(step, "REST", &answer);
        if let Some(rpc) = &step.rpc {
            let called = over_grpc.call(rpc, step).await;
            over_grpc.keep(step, &called);
            let called = called.without_times();
            check_answer(step, "gRPC", &called);
            assert_eq!(called, answer, "{name}, {}: gRPC beside REST", step.it);
        }
    }
}

/// One of the two stacks that a story is played on.
struct Transport {
    stack: Stack,
    actors: BTreeMap<String, Actor>,
    saved: Saved,
}

impl Transport {
    async fn start(story: &Story) -> Self {
        let stack = Stack::start().await;
        let mut actors = BTreeMap::from([("public".to_owned(), Actor::default())]);
        let mut saved = Saved::default();
        for (name, grants) in &story.actors {
            let grants: Vec<_> = grants.iter().map(String::as_str).collect();
            let actor = stack.actor(&grants).await;
            saved.keep_principal(name, &actor);
            actors.insert(name.clone(), actor);
        }
        Self { stack, actors, saved }
    }

    fn keep(&mut self, step: &Step, answer: &Answer) {
        if let Answer::Message(message) = answer {
            self.saved.keep(step, message);
        }
    }

    fn actor(&self, step: &Step) -> Option<&Actor> {
        let name = step.by.as_ref()?;
        Some(self.actors.get(name).unwrap_or_else(|| panic!("{}: nobody is {name}", step.it)))
    }

    async fn call(&self, rpc: &str, step: &Step) -> Answer {
        let client = match self.actor(step) {
            Some(actor) => self.stack.grpc.with_token(&actor.token),
            None => self.stack.grpc.clone(),
        };
        client.call(rpc, &self.saved.in_json(&step.request)).await
    }

    async fn send(&self, step: &Step) -> Received {
        let client = match self.actor(step) {
            Some(actor) => self.stack.rest.with_token(&actor.token),
            None => self.stack.rest.clone(),
        };
        let line = self.saved.in_text(&step.rest);
        let (method, path) = line.split_once(' ').expect("a method and a path");
        let mut request = client.request(method, path);
        if takes_etag(step) && !has_etag(step) {
            request = request.header("if-match", "*");
        }
        for (name, value) in &step.headers {
            request = request.header(name, self.saved.in_text(value));
        }
        if let Some(body) = &step.body {
            request = request.json(&self.saved.in_json(body));
        }
        if let Some(raw) = &step.raw {
            if !raw.media_type.is_empty() {
                request = request.header("content-type", &raw.media_type);
            }
            request = request.body(format!("{}{}", raw.text, " ".repeat(raw.blanks)));
        }
        send(request).await
    }
}

/// Whether the step's method changes a state that it must know.
fn takes_etag(step: &Step) -> bool {
    step.rpc.as_ref().is_some_and(|rpc| grpc::etag_path(rpc).is_some())
}

/// Whether the step says which state it knows.
fn has_etag(step: &Step) -> bool {
    let body = step.body.as_ref().and_then(|body| body.get("etag"));
    body.is_some() || step.headers.contains_key("if-match") || step.request.get("etag").is_some()
}

fn check_http(step: &Step, saved: &Saved, received: &Received) {
    assert_eq!(received.status, step.expect.http, "{}: {received:?}", step.it);
    for (name, value) in &step.expect.headers {
        assert_eq!(received.header(name), saved.in_text(value), "{}: {name}", step.it);
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
