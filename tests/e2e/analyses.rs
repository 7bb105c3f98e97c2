//! Analyses: how many at once, and whose reader goes away.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};
use sqlx::Connection as _;
use takar_server::Limits;

use crate::{
    answer::Answer,
    rest::send,
    stack::{Stack, eventually},
};

const ANALYZE: &str = "/v1/cycles/2022:analyzeRobustness";
const WHAT_IF: &str = "/v1/cycles/2022:whatIf";

async fn post(stack: &Stack, path: &str, body: Json) -> Json {
    let request = stack.rest.request("POST", path).json(&body);
    // A verb of an evaluation changes a state.
    let is_verb = path.contains("/evaluations/");
    let request = if is_verb { request.header("if-match", "*") } else { request };
    send(request).await.into_answer().message()
}

/// Regions of one cycle, each with a published index.
async fn publish(stack: &Stack, codes: &[&str]) {
    let mut requests = vec![
        json!({"regionId": "35", "region": {"kind": "KIND_PROVINCE", "displayName": "Jawa Timur"}}),
    ];
    requests.extend(codes.iter().map(|code| {
        json!({"regionId": code, "region": {"kind": "KIND_KOTA", "displayName": format!("Kota {code}")}})
    }));
    post(stack, "/v1/regions:batchCreate", json!({"requests": requests})).await;
    let part = |component: &str| json!({"component": component, "weight": "50", "derivation": "DERIVATION_DIRECT"});
    let instrument = json!({
        "displayName": "Two", "source": "a test", "scale": {"minimum": "0", "maximum": "4"},
        "components": [part("COMPONENT_OUTPUT"), part("COMPONENT_OUTCOME")], "thresholdPercent": "80",
        "percentDecimals": 2, "scoreDecimals": 2,
    });
    post(stack, "/v1/instruments?instrumentId=two", instrument).await;
    let cycle = json!({"displayName": "Evaluasi 2022", "instrument": "instruments/two"});
    post(stack, "/v1/cycles?cycleId=2022", cycle).await;
    for (place, code) in codes.iter().enumerate() {
        post(stack, &format!("/v1/regions/{code}/evaluations"), json!({"cycle": "cycles/2022"}))
            .await;
        let evaluation = format!("/v1/regions/{code}/evaluations/2022");
        for verb in ["submit", "review"] {
            post(stack, &format!("{evaluation}:{verb}"), json!({})).await;
        }
        let score = |component: &str, score: String| json!({"component": component, "score": score, "source": "a test"});
        let scores = [
            score("COMPONENT_OUTPUT", format!("3.{place}")),
            score("COMPONENT_OUTCOME", format!("3.{}", 9 - place)),
        ];
        post(stack, &format!("{evaluation}:moderate"), json!({"componentScores": scores})).await;
        for verb in ["conclude", "finalize"] {
            post(stack, &format!("{evaluation}:{verb}"), json!({})).await;
        }
        post(stack, &format!("{evaluation}:publish"), json!({"publication": {"source": "a test"}}))
            .await;
    }
}

#[tokio::test]
async fn what_is_beyond_the_limit_is_refused_and_may_come_again() {
    let none = Limits { max_analyses: 0, max_what_ifs: 0, ..Limits::default() };
    let stack = Stack::with_limits(none).await;
    let calls = [("AnalyzeRobustness", ANALYZE, 5), ("WhatIf", WHAT_IF, 1)];
    for (rpc, path, seconds) in calls {
        let over_rest = send(stack.rest.request("POST", path).json(&json!({}))).await;
        assert_eq!(over_rest.status, 429, "{rpc}");
        assert_eq!(over_rest.header("retry-after"), seconds.to_string(), "{rpc}");
        let rpc = format!("EvaluationService.{rpc}");
        let over_grpc = stack.grpc.call(&rpc, &json!({"cycle": "cycles/2022"})).await;
        for answer in [over_rest.into_answer(), over_grpc] {
            let refusal = answer.refusal();
            assert_eq!(
                (refusal.code.as_str(), refusal.reason.as_str()),
                ("RESOURCE_EXHAUSTED", "ANALYSES_BUSY"),
                "{rpc}"
            );
        }
    }
}

/// The first one waits in the database, so it is under way; then its caller goes away.
#[tokio::test]
async fn a_place_is_free_again_where_its_caller_goes_away() {
    let one = Limits { max_analyses: 1, max_what_ifs: 1, ..Limits::default() };
    let stack = Stack::with_limits(one).await;
    publish(&stack, &["35.71", "35.72"]).await;
    let mut keeper = stack.connection().await;
    for rpc in ["EvaluationService.WhatIf", "EvaluationService.AnalyzeRobustness"] {
        let mut kept = keeper.begin().await.expect("a transaction");
        let lock = "lock table publication_figures in access exclusive mode";
        sqlx::query(lock).execute(&mut *kept).await.expect("the lock");
        let request = json!({"cycle": "cycles/2022"});
        let first = tokio::spawn({
            let (client, request) = (stack.grpc.clone(), request.clone());
            async move { client.call(rpc, &request).await }
        });
        stack.await_waiting_session().await;
        let refused = stack.grpc.call(rpc, &request).await.refusal();
        assert_eq!(refused.reason, "ANALYSES_BUSY", "{rpc}");
        first.abort();
        kept.rollback().await.expect("the lock is let go");
        eventually("the place is free", async || {
            matches!(stack.grpc.call(rpc, &request).await, Answer::Message(_))
        })
        .await;
    }
}

/// One at a time is the default. The reader hears the first progress, so the analysis is under way,
/// and goes away.
#[tokio::test]
async fn an_analysis_whose_reader_goes_away_makes_room_for_the_next() {
    let stack = Stack::start().await;
    publish(&stack, &["35.71", "35.72", "35.73"]).await;
    let long = json!({"draws": 100_000});
    let mut first =
        stack.rest.request("POST", ANALYZE).json(&long).send().await.expect("an answer");
    let mut heard = String::new();
    while !heard.contains("progress") {
        let bytes = first.chunk().await.expect("a line").expect("a line");
        write!(heard, "{}", String::from_utf8_lossy(&bytes)).expect("memory");
    }
    drop(first);
    eventually("the place is free", async || {
        let again = send(stack.rest.request("POST", ANALYZE).json(&json!({"draws": 100}))).await;
        matches!(again.into_answer(), Answer::Message(_))
    })
    .await;
}
