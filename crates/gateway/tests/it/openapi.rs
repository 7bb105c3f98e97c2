//! The document of the API and the page that shows it, as they are served.

use reqwest::Response;
use serde_json::{Value as Json, json};

use crate::{
    documented::documented,
    harness::{self, Stack},
};

/// All that the page consists of, with its type.
const PAGES: [(&str, &str); 5] = [
    ("/openapi.json", "application/json"),
    ("/docs", "text/html; charset=utf-8"),
    ("/docs/docs.css", "text/css; charset=utf-8"),
    ("/docs/docs.js", "text/javascript; charset=utf-8"),
    ("/docs/redoc.standalone.js", "text/javascript; charset=utf-8"),
];

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

#[tokio::test]
async fn the_document_and_the_page_are_served_without_a_server() {
    let stack = Stack::without_server().await;
    for (path, content_type) in PAGES {
        let response = stack.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(header(&response, "content-type"), content_type, "{path}");
        assert_eq!(header(&response, "cache-control"), "public, no-cache", "{path}");
        let length = header(&response, "content-length").to_owned();
        let body = response.bytes().await.expect("a body");
        assert_eq!(body.len().to_string(), length, "{path}");

        let head = stack.request("HEAD", path).send().await.expect("an answer");
        assert_eq!((head.status().as_u16(), header(&head, "content-length")), (200, &*length));
        assert!(head.bytes().await.expect("no body").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn who_has_a_page_is_not_sent_it_again() {
    let stack = Stack::without_server().await;
    for (path, _) in PAGES {
        let etag = header(&stack.get(path).await, "etag").to_owned();
        assert!(etag.starts_with('"') && etag.len() > 30, "{path}: {etag}");
        let request = stack.request("GET", path).header("if-none-match", &etag);
        let response = request.send().await.expect("an answer");
        assert_eq!(
            (response.status().as_u16(), header(&response, "etag")),
            (304, &*etag),
            "{path}"
        );
        assert!(response.bytes().await.expect("no body").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn the_document_is_compressed() {
    let stack = Stack::without_server().await;
    let length = stack.get("/openapi.json").await.bytes().await.expect("a body").len();
    let request = stack.request("GET", "/openapi.json").header("accept-encoding", "gzip");
    let response = request.send().await.expect("an answer");
    assert_eq!(header(&response, "content-encoding"), "gzip");
    let compressed = response.bytes().await.expect("a body").len();
    assert!(compressed < length / 4, "{compressed} of {length}");
}

#[tokio::test]
async fn the_page_may_ask_its_own_origin_only() {
    let stack = Stack::without_server().await;
    let response = stack.get("/docs").await;
    insta::assert_snapshot!(header(&response, "content-security-policy").replace("; ", ";\n"));
}

#[tokio::test]
async fn only_get_and_head_are_allowed() {
    let stack = Stack::without_server().await;
    for (path, _) in PAGES {
        let response = stack.send("POST", path, "{}").await;
        assert_eq!(response.status(), 405, "{path}");
        assert_eq!(header(&response, "allow"), "GET, HEAD, OPTIONS", "{path}");
    }
}

#[tokio::test]
async fn a_path_of_the_contract_comes_before_the_gateways_own() {
    let (stack, document) = documented(&harness::compile(&["own_paths.proto"])).await;
    for path in ["/docs", "/healthz"] {
        // The throw-away server has no such method.
        assert_eq!(stack.get(path).await.status(), 501, "{path}");
        assert_eq!(document["paths"][path]["get"]["tags"], json!(["Own"]), "{path}");
    }
    assert_eq!(stack.get("/docs/docs.js").await.status(), 200);
    assert_eq!(document["paths"]["/readyz"]["get"]["tags"], json!(["Gateway"]));
}

#[tokio::test]
async fn a_service_is_told_of() {
    let (_, document) = documented(&harness::compile(&["lists.proto"])).await;
    let operation = |path: &str, method: &str| document["paths"][path][method].clone();
    insta::assert_json_snapshot!(json!({
        "info": document["info"],
        "tags": document["tags"],
        "list": operation("/v1/lists/{list}/things", "get"),
        "change": operation("/v1/lists/{list}/things/{thing}", "patch"),
    }));
    insta::assert_json_snapshot!("schemas", document["components"]["schemas"]);
}

#[tokio::test]
async fn streams_are_told_of_as_lines_and_as_events() {
    let (_, document) = documented(&harness::compile(&["streams.proto"])).await;
    let content =
        |path: &str| document["paths"][path]["get"]["responses"]["200"]["content"].clone();
    insta::assert_json_snapshot!(json!({
        "messages": content("/v1/events"),
        "texts": content("/v1/texts"),
        "bytes": content("/v1/export"),
    }));
    // Nothing answers to streams of requests.
    assert_eq!(document["paths"]["/v1/chat"], Json::Null);
}

async fn namesakes() -> Json {
    documented(&harness::compile(&["namesakes/namesakes.proto"])).await.1
}

#[tokio::test]
async fn namesakes_of_several_packages_are_told_apart() {
    let document = namesakes().await;
    let names: Vec<_> =
        document["components"]["schemas"].as_object().expect("schemas").keys().collect();
    insta::assert_json_snapshot!(names);
    let schema = |name: &str| &document["components"]["schemas"][name]["properties"];
    assert!(schema("namesakes.other.v1.Thing").get("weight").is_some());
    assert!(schema("namesakes.v1.Thing").get("size").is_some());
    assert!(schema("namesakes.other.v1.Problem").get("cause").is_some());
    assert!(schema("Problem").get("requestId").is_some());
    // A body of which the path sets a part is called otherwise than the message of that name.
    assert!(schema("ThingRequestBody").get("unrelated").is_some());
    assert!(schema("ThingRequestBody2").get("thing").is_some());
}

#[tokio::test]
async fn services_of_the_same_name_have_tags_and_operations_of_their_own() {
    let document = namesakes().await;
    let tags = document["tags"].as_array().expect("tags");
    let tags: Vec<_> = tags.iter().map(|tag| tag["name"].as_str().expect("a name")).collect();
    assert_eq!(tags, ["namesakes.other.v1.Things", "namesakes.v1.Things", "Gateway"]);
    let id = |path: &str| document["paths"][path]["get"]["operationId"].clone();
    assert_eq!(id("/v1/other"), "namesakes_other_v1_Things_GetThing");
    assert_eq!(id("/v1/numbered/{number}"), "namesakes_v1_Things_GetThing");
    assert_eq!(document["info"]["title"], "Namesakes");
}

#[tokio::test]
async fn fields_are_told_of_as_json_holds_them() {
    let document = namesakes().await;
    let thing = &document["components"]["schemas"]["namesakes.v1.Thing"];
    insta::assert_json_snapshot!(thing);
}

#[tokio::test]
async fn no_text_of_a_query_is_null() {
    let document = namesakes().await;
    let parameters = &document["paths"]["/v1/numbered/{number}"]["get"]["parameters"];
    let parameters = parameters.as_array().expect("parameters");
    let is_top = |parameter: &&Json| parameter["name"].as_str().is_some_and(|it| !it.contains('.'));
    insta::assert_json_snapshot!(parameters.iter().filter(is_top).collect::<Vec<_>>());
}
