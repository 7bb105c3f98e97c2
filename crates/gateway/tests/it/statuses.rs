//! Statuses of the server as problems.

use crate::harness::{Stack, assert_problem};

#[tokio::test]
async fn every_code_has_its_status() {
    let stack = Stack::start().await;
    for (code, name, status) in [
        (1, "CANCELLED", 499),
        (2, "UNKNOWN", 500),
        (3, "INVALID_ARGUMENT", 400),
        (4, "DEADLINE_EXCEEDED", 504),
        (5, "NOT_FOUND", 404),
        (6, "ALREADY_EXISTS", 409),
        (7, "PERMISSION_DENIED", 403),
        (8, "RESOURCE_EXHAUSTED", 429),
        (9, "FAILED_PRECONDITION", 400),
        (10, "ABORTED", 409),
        (11, "OUT_OF_RANGE", 400),
        (12, "UNIMPLEMENTED", 501),
        (13, "INTERNAL", 500),
        (14, "UNAVAILABLE", 503),
        (15, "DATA_LOSS", 500),
        (16, "UNAUTHENTICATED", 401),
    ] {
        let response = stack.get(&format!("/v1/fail/{code}?text=words")).await;
        assert_eq!(response.status(), status, "{name}");
        assert_eq!(response.headers().contains_key("retry-after"), status == 503);
        assert_eq!(response.headers().contains_key("www-authenticate"), status == 401);
        let problem: serde_json::Value = response.json().await.expect("JSON");
        assert_eq!(problem["code"], name);
        assert_eq!(problem["type"], "about:blank");
        let is_told = !matches!(status, 500 | 503);
        assert_eq!(problem["detail"] == "words", is_told, "{name}");
    }
}

#[tokio::test]
async fn some_reasons_have_a_status_of_their_own() {
    let stack = Stack::start().await;
    for (reason, status) in [
        ("ETAG_MISMATCH", 412),
        ("IF_MATCH_REQUIRED", 428),
        ("KEY_REUSED", 422),
        ("CURSOR_EXPIRED", 410),
        ("ANOTHER", 400),
    ] {
        let path = format!("/v1/fail/9?boolValue=true&choiceText={reason}");
        assert_eq!(stack.get(&path).await.status(), status, "{reason}");
    }
}

#[tokio::test]
async fn details_reach_the_client() {
    let stack = Stack::start().await;
    let query = "text=The+name+is+empty.&boolValue=true&choiceText=EMPTY_NAME";
    assert_problem!(stack.get(&format!("/v1/fail/3?{query}")).await);
}

#[tokio::test]
async fn a_reason_of_strange_letters_makes_no_type() {
    let stack = Stack::start().await;
    let problem = stack.get("/v1/fail/3?boolValue=true&choiceText=a+b%22").await;
    let problem: serde_json::Value = problem.json().await.expect("JSON");
    assert_eq!(problem["type"], "about:blank");
    assert_eq!(problem["title"], "Bad Request");
    assert_eq!(problem["reason"], "a b\"");
}

#[tokio::test]
async fn a_bad_credential_asks_for_another() {
    let stack = Stack::start().await;
    for (reason, challenge) in [
        ("CREDENTIAL_EXPIRED", "Bearer error=\"invalid_token\""),
        ("AUTHENTICATION_REQUIRED", "Bearer"),
        ("NO_CREDENTIAL", "Bearer"),
    ] {
        let path = format!("/v1/fail/16?boolValue=true&choiceText={reason}");
        let response = stack.get(&path).await;
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()["www-authenticate"], challenge, "{reason}");
    }
}

#[tokio::test]
async fn what_the_gateway_finds_it_says_in_indonesian_too() {
    let stack = Stack::start().await;
    let request = stack.request("GET", "/v1/things?nope=1").header("accept-language", "id-ID, en");
    assert_problem!(request.send().await.expect("an answer"));
    // The server's words are its own, in whatever language.
    for query in ["text=No.", "boolValue=true&choiceText=UNKNOWN_FIELD"] {
        let path = format!("/v1/fail/3?{query}");
        let request = stack.request("GET", &path).header("accept-language", "id");
        let problem = request.send().await.expect("an answer");
        let problem: serde_json::Value = problem.json().await.expect("JSON");
        assert_ne!(problem["localizedMessage"]["locale"], "id", "{problem}");
    }
    let english = stack.get("/v1/things?nope=1").await;
    let english: serde_json::Value = english.json().await.expect("JSON");
    assert_eq!(english.get("localizedMessage"), None);
}
