//! Whatever is asked in whatever order: the states stay legal, what was published stays, and the
//! audit trail stays one chain.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value as Json, json};
use takar_domain::{
    audit::{CHAIN_START, chain},
    digest::Sha256Digest,
};

use crate::{answer::Answer, deadline::with_evaluation, stack::Stack};

/// So many sequences: each has a database of its own.
const SEQUENCES: u32 = 4;
/// The way to a publication and a correction. Without it few sequences would get there.
const WAY: [&str; 6] = [
    "SubmitEvaluation",
    "ReviewEvaluation",
    "ConcludeEvaluation",
    "FinalizeEvaluation",
    "PublishEvaluation",
    "PublishEvaluation",
];
/// So many requests come before each step of the way, and after the last, at most.
const BETWEEN_MAX: usize = 5;

const NAME: &str = "regions/33.05/evaluations/2022";

/// The steps that the design allows, by the names of states.
const LEGAL: [(&str, &str); 19] = [
    ("DRAFT", "SUBMITTED"),
    ("DRAFT", "WITHDRAWN"),
    ("DRAFT", "NOT_ASSESSABLE"),
    ("SUBMITTED", "IN_REVIEW"),
    ("SUBMITTED", "WITHDRAWN"),
    ("SUBMITTED", "NOT_ASSESSABLE"),
    ("IN_REVIEW", "RETURNED"),
    ("IN_REVIEW", "SCORED"),
    ("IN_REVIEW", "WITHDRAWN"),
    ("IN_REVIEW", "NOT_ASSESSABLE"),
    ("RETURNED", "SUBMITTED"),
    ("RETURNED", "WITHDRAWN"),
    ("RETURNED", "NOT_ASSESSABLE"),
    ("SCORED", "OBJECTION"),
    ("SCORED", "FINAL"),
    ("SCORED", "WITHDRAWN"),
    ("OBJECTION", "SCORED"),
    ("OBJECTION", "WITHDRAWN"),
    ("FINAL", "PUBLISHED"),
];

/// A request: the method and what it says besides the name.
fn requests() -> impl Strategy<Value = (&'static str, Json)> {
    let comments = || json!({"comments": [{"text": "a remark"}]});
    prop_oneof![
        2 => Just(("SubmitEvaluation", json!({}))),
        2 => Just(("ReviewEvaluation", json!({}))),
        2 => Just(("ConcludeEvaluation", json!({}))),
        2 => Just(("FinalizeEvaluation", json!({}))),
        1 => Just(("ReturnEvaluation", comments())),
        1 => Just(("ObjectToEvaluation", comments())),
        2 => Just(("AnswerObjection", json!({"answer": "so"}))),
        3 => (0..=9_i32).prop_map(|running| {
            let tally = json!({"pillar": "PILLAR_LIVING", "running": running, "planned": 9, "source": "a test"});
            ("ReportTallies", json!({"tallies": [tally]}))
        }),
        3 => (0..=5_u32).prop_map(|score| {
            let score = json!({"component": "COMPONENT_OUTPUT", "score": score.to_string(), "source": "a test"});
            ("ModerateEvaluation", json!({"componentScores": [score]}))
        }),
        5 => any::<bool>().prop_map(|with_reason| {
            let reason = if with_reason { "a slip" } else { "" };
            ("PublishEvaluation", json!({"publication": {"source": "a letter", "reason": reason}}))
        }),
        1 => (0..50_u32).prop_map(|rare| match rare {
            0 => ("WithdrawEvaluation", json!({"reason": "a flood"})),
            1 => ("MarkEvaluationNotAssessable", json!({"reason": "a flood"})),
            _ => ("SubmitEvaluation", json!({"etag": "stale"})),
        }),
    ]
}

/// The way, with requests between.
fn sequences() -> impl Strategy<Value = Vec<(&'static str, Json)>> {
    let between = || prop::collection::vec(requests(), 0..=BETWEEN_MAX);
    (prop::collection::vec(between(), WAY.len()), between()).prop_map(|(between, last)| {
        let steps = between.into_iter().zip(WAY).flat_map(|(requests, method)| {
            let body = match method {
                "PublishEvaluation" => {
                    json!({"publication": {"source": "a letter", "reason": "a slip"}})
                }
                _ => json!({}),
            };
            requests.into_iter().chain([(method, body)])
        });
        let tally =
            json!({"pillar": "PILLAR_LIVING", "running": 1, "planned": 9, "source": "a test"});
        let first = ("ReportTallies", json!({"tallies": [tally]}));
        [first].into_iter().chain(steps).chain(last).collect()
    })
}

async fn call(stack: &Stack, rpc: &str, mut request: Json, field: &str, name: &str) -> Answer {
    request[field] = name.into();
    stack.grpc.call(rpc, &request).await
}

async fn state(stack: &Stack) -> String {
    let answer = call(stack, "EvaluationService.GetEvaluation", json!({}), "name", NAME).await;
    let evaluation = answer.message();
    evaluation["state"].as_str().expect("a state").trim_start_matches("STATE_").to_owned()
}

/// The revisions, oldest first.
async fn revisions(stack: &Stack) -> Vec<Json> {
    let name = "regions/33.05/scorecards/2022";
    let rpc = "EvaluationService.ListScorecardRevisions";
    match call(stack, rpc, json!({"pageSize": 1_000}), "name", name).await {
        Answer::Message(list) => {
            list["scorecards"].as_array().expect("a list").iter().rev().cloned().collect()
        }
        Answer::Refusal(refusal) => {
            assert_eq!(refusal.code, "NOT_FOUND");
            Vec::new()
        }
    }
}

/// Reads the trail to its end and computes the chain anew.
pub(crate) async fn check_trail(stack: &Stack) {
    let mut previous = CHAIN_START;
    let (mut sequence, mut token) = (0_u64, String::new());
    loop {
        let request = json!({"pageSize": 100, "pageToken": token});
        let page = stack.grpc.call("AccessService.ListAuditEntries", &request).await.message();
        for entry in page["auditEntries"].as_array().expect("entries") {
            sequence += 1;
            previous = chain(&previous, entry["content"].as_str().expect("a content"));
            assert_eq!(entry["sequence"], sequence.to_string());
            assert_eq!(entry["hash"], Sha256Digest::from_bytes(previous).to_string());
        }
        let next = page["nextPageToken"].as_str().expect("a token");
        next.clone_into(&mut token);
        if token.is_empty() {
            assert_eq!(page["headSequence"], sequence.to_string());
            assert_eq!(page["headHash"], Sha256Digest::from_bytes(previous).to_string());
            return;
        }
    }
}

async fn play(sequence: Vec<(&'static str, Json)>) -> usize {
    let stack = Stack::start().await;
    with_evaluation(&stack).await;
    let (mut before, mut published) = ("DRAFT".to_owned(), Vec::new());
    for (method, request) in sequence {
        let rpc = format!("EvaluationService.{method}");
        let answer = call(&stack, &rpc, request.clone(), "name", NAME).await;
        let (now, all) = (state(&stack).await, revisions(&stack).await);
        let is_step = LEGAL.contains(&(before.as_str(), now.as_str()));
        match answer {
            Answer::Message(_) => assert!(is_step || before == now, "{method}: {before} to {now}"),
            Answer::Refusal(refusal) => {
                assert_eq!((&before, &published), (&now, &all), "{method}: {refusal:?}");
                let ours = ["FAILED_PRECONDITION", "INVALID_ARGUMENT", "ABORTED"];
                assert!(ours.contains(&refusal.code.as_str()), "{method}: {refusal:?}");
            }
        }
        assert!(all.starts_with(&published), "{method} changed what was published");
        (before, published) = (now, all);
    }
    check_trail(&stack).await;
    published.len()
}

#[test]
fn random_requests_break_no_rule() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner = TestRunner::new(Config { cases: SEQUENCES, ..Config::default() });
    let revisions = std::cell::Cell::new(0);
    runner
        .run(&sequences(), |sequence| {
            revisions.set(revisions.get() + runtime.block_on(play(sequence)));
            Ok(())
        })
        .expect("no rule is broken");
    assert!(revisions.get() > 0, "no sequence got to a publication");
}
