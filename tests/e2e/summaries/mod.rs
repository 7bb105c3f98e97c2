//! Summaries of random worlds, against a computation that knows nothing of ours.

mod given;
mod world;
mod writer;

use std::{
    collections::BTreeSet,
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::{Value as Json, json};

use self::{
    given::{CYCLES, populations},
    world::{Moment, World},
};

/// What is asked of a world: each cycle of each population as of each of these.
const MOMENTS: [Moment; 4] =
    [Moment::Now, Moment::FirstHalf, Moment::BeforeCorrection, Moment::Corrected];

/// How many cases there are.
const CASES: usize = 200;

/// All members of an answer whose value is not null, which stands for one that is not there.
fn without_nulls(json: Json) -> Json {
    match json {
        Json::Array(items) => items.into_iter().map(without_nulls).collect(),
        Json::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        other => other,
    }
}

/// What the script says of each case of a world.
fn ask(world: &Json) -> Vec<Json> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/e2e/summaries/independent.py");
    let mut python = Command::new("python3")
        .arg(script)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is there");
    let mut stdin = python.stdin.take().expect("a pipe");
    let world = serde_json::to_vec(world).expect("JSON");
    stdin.write_all(&world).expect("python3 reads all before it answers");
    drop(stdin);
    let output = python.wait_with_output().expect("python3 ends");
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).expect("python3 answers in JSON")
}

/// Five cycles of ten populations as of four moments: through the store, its triggers and the server.
#[tokio::test]
async fn summaries_of_random_worlds_equal_an_independent_computation_digit_by_digit() {
    let world = World::made().await;
    let mut cases = Vec::new();
    for cycle in CYCLES {
        for (cohort, province) in populations() {
            for moment in MOMENTS {
                let until = world.time_of(cycle, moment);
                cases.push(json!({
                    "cycle": cycle, "cohort": cohort, "province": province,
                    "until": until.map(|time| time.timestamp_micros()),
                }));
            }
        }
    }
    assert_eq!(cases.len(), CASES);
    let expected = ask(&world.told(&cases));
    assert_eq!(expected.len(), CASES);
    let mut seen = Seen::default();
    for (case, expected) in cases.iter().zip(expected) {
        let answer = world.summary(case).await;
        assert_eq!(without_nulls(answer), without_nulls(expected.clone()), "{case}");
        seen.note(&expected);
    }
    seen.check();
}

/// What the cases are about, so that a world that says little fails.
#[derive(Debug, Default)]
struct Seen {
    with_figures: usize,
    without_figures: usize,
    breaks: u64,
    reasons: BTreeSet<String>,
}

impl Seen {
    fn note(&mut self, summary: &Json) {
        let count = summary["population"]["presentCount"].as_u64().expect("a count");
        *(if count > 0 { &mut self.with_figures } else { &mut self.without_figures }) += 1;
        let words = |items: &Json| -> Vec<String> {
            let items = items.as_array().expect("an array").iter();
            items.map(|item| item["reason"].as_str().expect("a word").to_owned()).collect()
        };
        self.reasons.extend(words(&summary["missing"]));
        for measure in summary["measures"].as_array().expect("measures") {
            self.breaks += measure["breakCount"].as_u64().expect("a count");
            self.reasons.extend(words(&measure["nulls"]));
        }
    }

    fn check(&self) {
        assert!(self.with_figures > CASES / 2 && self.without_figures > 0, "{self:?}");
        assert!(self.breaks > 0, "{self:?}");
        // Four reasons to be missing, five to have no figure.
        assert_eq!(self.reasons.len(), 9, "{self:?}");
    }
}
