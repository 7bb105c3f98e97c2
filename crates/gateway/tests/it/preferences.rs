//! The header `Prefer`.

use reqwest::Response;
use serde_json::Value as Json;

use crate::{harness::Stack, lists::start};

async fn get(stack: &Stack, path: &str, prefer: &[&str]) -> Response {
    let request = stack.request("GET", path);
    let request = prefer.iter().fold(request, |request, line| request.header("prefer", *line));
    request.send().await.expect("an answer")
}

#[tokio::test]
async fn a_preference_sets_its_field_and_is_said_to_be_heeded() {
    let (stack, _) = start().await;
    for prefer in [
        &["count=exact"][..],
        &["return=minimal, COUNT=\"exact\"; x=y"],
        &["respond-async", "count=exact"],
        &["\"no preference", "count=exact"],
        &["count=exact, count=estimated"],
    ] {
        let response = get(&stack, "/v1/lists/7/things", prefer).await;
        assert_eq!(response.headers()["preference-applied"], "count=exact", "{prefer:?}");
        let answer: Json = response.json().await.expect("JSON");
        assert_eq!(answer["totalSize"], 7, "{prefer:?}");
    }
}

#[tokio::test]
async fn what_nothing_here_knows_is_ignored() {
    let (stack, _) = start().await;
    for prefer in [
        &[][..],
        &["count"],
        &["count=EXACT"],
        &["count=estimated, count=exact"],
        &["return=minimal"],
        &["count=exact\""],
        &["é"],
    ] {
        let response = get(&stack, "/v1/lists/7/things", prefer).await;
        assert_eq!(response.status(), 200, "{prefer:?}");
        assert_eq!(response.headers().get("preference-applied"), None, "{prefer:?}");
        let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
        assert_eq!(vary, ["accept", "prefer", "Accept-Encoding"]);
        let answer: Json = response.json().await.expect("JSON");
        assert_eq!(answer.get("totalSize"), None, "{prefer:?}");
    }
    let response = get(&stack, "/v1/lists/7:rank", &["count=exact"]).await;
    assert_eq!(response.headers().get("preference-applied"), None);
}

#[tokio::test]
async fn a_parameter_asks_for_the_same_without_a_header() {
    let (stack, _) = start().await;
    let response = get(&stack, "/v1/lists/7/things?countTotal=true", &[]).await;
    assert_eq!(response.headers().get("preference-applied"), None);
    let answer: Json = response.json().await.expect("JSON");
    assert_eq!(answer["totalSize"], 7);
}
