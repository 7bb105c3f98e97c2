//! Who may call what: every method by every role, for the own region, for others and for none.
//!
//! What is asked comes from the contract, what is expected from the policy's table, so neither a new
//! method nor a new row needs a line here; the snapshot shows a reviewer whatever changes.

mod address;
mod scene;
mod visit;

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use takar_domain::policy::{self, Effect, RULES};

use self::{
    address::Address,
    scene::{Place, Scene},
    visit::{Met, Outcome, Visit, table},
};
use crate::{answer::Answer, grpc, rest, trail};

#[test]
fn every_method_has_a_row_and_every_row_a_method() {
    let ruled: Vec<_> = RULES.iter().map(|rule| rule.method.replace('/', ".")).collect();
    assert_eq!(ruled.iter().cloned().collect::<BTreeSet<_>>(), grpc::methods());
    assert_eq!(ruled.len(), grpc::methods().len(), "a row twice");
}

#[tokio::test]
async fn every_role_reaches_what_the_table_gives_it_and_nothing_leaks() {
    let scene = Scene::start().await;
    let before = scene.evaluations().await;
    let end = trail::end(&scene.stack).await;
    let methods = grpc::methods();
    let mut visits = Vec::new();
    for rpc in &methods {
        for caller in &scene.callers {
            visits.push(Visit::pay(&scene, rpc, caller).await);
        }
    }

    let calls =
        || visits.iter().flat_map(|visit| visit.calls.iter().map(move |call| (visit, call)));
    let wrong: Vec<_> = calls()
        .filter(|(visit, (place, outcome))| outcome.met() != visit.expected(place))
        .map(|(visit, (place, outcome))| {
            let (rpc, caller) = (visit.rpc, visit.caller.label);
            let expected = visit.expected(place);
            format!("{rpc} by {caller} for {:?}: {outcome:?}, not {expected:?}", visit.name(place))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let leaks: Vec<_> = visits.iter().filter_map(Visit::leaks).collect();
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    insta::assert_snapshot!(table(&scene, &visits));

    assert_eq!(scene.evaluations().await, before, "the walk changed something");
    let entries = trail::entries_after(&scene.stack, end).await;
    let refused = entries.iter().filter(|entry| {
        ["UNAUTHENTICATED", "PERMISSION_DENIED"].map(Json::from).contains(&entry["outcome"])
    });
    let refused_writes = calls().filter(|(visit, (_, outcome))| {
        visit.rule().effect == Effect::Writes && outcome.met() != Met::In
    });
    assert_eq!(refused.count(), refused_writes.count(), "refused writes in the trail");
    let done = entries.iter().filter(|entry| entry["outcome"] == "OK");
    let done: BTreeSet<_> = done.map(|entry| entry["method"].as_str().unwrap()).collect();
    assert_eq!(done, BTreeSet::from(["AccessService/RevokeApiKey"]), "what went through");
}

#[tokio::test]
async fn what_is_not_published_is_not_there_for_those_outside() {
    let scene = Scene::start().await;
    for rpc in &grpc::methods() {
        let method = grpc::method(rpc);
        let rule = policy::rule(&rpc.replace('.', "/")).expect("a row");
        let is_of_evaluation =
            Address::of(&method).is_some_and(|address| address.is_of_evaluation());
        if rule.effect == Effect::Writes || !is_of_evaluation {
            continue;
        }
        for label in ["nobody", "operator", "assessor", "recused", "outsider"] {
            let visit = Visit::pay(&scene, rpc, scene.caller(label)).await;
            let seen =
                |place: &Place| visit.at(place).expect("a call").without_name(&visit.name(place));
            // Of the other region it has not been created, there is no such cycle, and no region.
            let hidden = seen(&scene.other());
            let [_, missing, nowhere] = scene.nowhere();
            assert_eq!(hidden, seen(&missing), "{rpc} by {label}: no cycle");
            assert_eq!(hidden, seen(&nowhere), "{rpc} by {label}: no region");
            let is_answered = matches!(visit.at(&scene.other()), Some(Outcome::Answered(_)));
            assert!(!is_answered, "{rpc} by {label}");
        }
    }
}

#[tokio::test]
async fn lists_show_the_published_to_all_and_the_provisional_to_insiders() {
    let scene = Scene::start().await;
    let published = "regions/33.06/scorecards/2021";
    let names = |answer: &Json| -> Vec<String> {
        let scorecards = answer["scorecards"].as_array().expect("a list").iter();
        scorecards.map(|scorecard| scorecard["name"].as_str().unwrap().to_owned()).collect()
    };
    for (label, region, expected) in [
        ("nobody", "-", &[published][..]),
        ("nobody", "33.05", &[]),
        ("nobody", "33.06", &[published]),
        ("operator", "-", &[published]),
        ("operator", "33.05", &["regions/33.05/scorecards/2021", "regions/33.05/scorecards/2022"]),
        ("operator", "33.06", &[published]),
        ("integrator", "33.06", &[published]),
        ("assessor", "-", &[published]),
        ("outsider", "33.05", &[]),
        ("secretariat", "33.06", &[published, "regions/33.06/scorecards/2022"]),
    ] {
        let token = &scene.caller(label).actor.token;
        let request = json!({"parent": format!("regions/{region}")});
        let over_grpc = scene.stack.grpc.with_token(token);
        let over_grpc = over_grpc.call("EvaluationService.ListScorecards", &request).await;
        let path = format!("/v1/regions/{region}/scorecards");
        let over_rest = scene.stack.rest.with_token(token).get(&path).await;
        assert_eq!(over_rest, over_grpc, "{label}, {region}");
        assert_eq!(names(&over_rest.message()), expected, "{label}, {region}");
    }
    for (label, code) in [("nobody", "NOT_FOUND"), ("outsider", "NOT_FOUND")] {
        let client = scene.stack.rest.with_token(&scene.caller(label).actor.token);
        let refusal = client.get("/v1/regions/33.05/scorecards/2022").await.refusal();
        assert_eq!(refusal.code, code, "{label}");
    }
    for label in ["operator", "assessor", "integrator"] {
        let client = scene.stack.rest.with_token(&scene.caller(label).actor.token);
        let scorecard = client.get("/v1/regions/33.05/scorecards/2022").await.message();
        assert_eq!(scorecard["publication"], Json::Null, "{label}");
    }
}

/// The same call both ways: the method, its request, and the line of HTTP with its body.
fn both_ways(region: &str) -> [(&'static str, Json, String, Option<Json>); 8] {
    let evaluation = format!("regions/{region}/evaluations/2022");
    let scorecard = format!("regions/{region}/scorecards/2022");
    let parent = format!("regions/{region}");
    let body = json!({"etag": "none"});
    let write = json!({"name": evaluation, "etag": "none"});
    [
        (
            "EvaluationService.GetEvaluation",
            json!({"name": evaluation}),
            format!("GET /v1/{evaluation}"),
            None,
        ),
        (
            "EvaluationService.GetScorecard",
            json!({"name": scorecard}),
            format!("GET /v1/{scorecard}"),
            None,
        ),
        (
            "EvaluationService.ListEvaluations",
            json!({"parent": parent}),
            format!("GET /v1/{parent}/evaluations"),
            None,
        ),
        (
            "EvaluationService.WithdrawEvaluation",
            write.clone(),
            format!("POST /v1/{evaluation}:withdraw"),
            Some(body.clone()),
        ),
        (
            "EvaluationService.ScoreEvaluation",
            write.clone(),
            format!("POST /v1/{evaluation}:score"),
            Some(body.clone()),
        ),
        (
            "EvaluationService.PublishEvaluation",
            write,
            format!("POST /v1/{evaluation}:publish"),
            Some(body),
        ),
        (
            "AccessService.ListApiKeys",
            json!({"pageSize": 1}),
            "GET /v1/apiKeys?pageSize=1".to_owned(),
            None,
        ),
        ("RegistryService.GetRegion", json!({"name": parent}), format!("GET /v1/{parent}"), None),
    ]
}

#[tokio::test]
async fn the_gateway_decides_nothing() {
    let scene = Scene::start().await;
    for caller in &scene.callers {
        let over_grpc = scene.stack.grpc.with_token(&caller.actor.token);
        let over_rest = scene.stack.rest.with_token(&caller.actor.token);
        for region in ["33.05", "33.06", "33.99"] {
            for (rpc, request, line, body) in both_ways(region) {
                let (verb, path) = line.split_once(' ').expect("a verb and a path");
                let http = over_rest.request(verb, path);
                let http = match &body {
                    Some(body) => http.json(body),
                    None => http,
                };
                let received = rest::send(http).await;
                let challenge = received.header("www-authenticate").to_owned();
                let status = received.status;
                let answer = received.into_answer();
                let context = format!("{line} by {}", caller.label);
                match &answer {
                    Answer::Refusal(refusal) if refusal.code == "UNAUTHENTICATED" => {
                        assert_eq!((status, challenge.as_str()), (401, "Bearer"), "{context}");
                    }
                    Answer::Refusal(refusal) => {
                        let is_forbidden = refusal.code == "PERMISSION_DENIED";
                        assert_eq!(is_forbidden, status == 403, "{context}");
                        assert_eq!(challenge, "", "{context}");
                    }
                    Answer::Message(_) => assert_eq!(challenge, "", "{context}"),
                }
                assert_eq!(answer, over_grpc.call(rpc, &request).await, "{context}");
            }
        }
    }
}
