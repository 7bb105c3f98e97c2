//! The headers of every answer.

use reqwest::{Response, header::HeaderMap};

use crate::harness::Stack;

/// The headers, one a line, without what differs from answer to answer.
fn shown(headers: &HeaderMap) -> String {
    let mut lines: Vec<String> = headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id", "content-length"].contains(&name.as_str()))
        .map(|(name, value)| match value.to_str().expect("text") {
            // That of the content, which differs each time.
            hash if name == "etag" && hash != "\"v1\"" => "etag: [hash]".to_owned(),
            text => format!("{name}: {text}"),
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

fn show(response: &Response) -> String {
    format!("{}\n{}", response.status().as_u16(), shown(response.headers()))
}

#[tokio::test]
async fn every_answer_says_what_may_be_done_with_it() {
    let stack = Stack::start().await;
    let known = stack.request("GET", "/v1/states/1?etag=v1").header("if-none-match", "\"v1\"");
    let answers = [
        stack.get("/v1/things").await,
        stack.get("/v1/nowhere").await,
        known.send().await.expect("an answer"),
        stack.request("OPTIONS", "/v1/things").send().await.expect("an answer"),
        stack.get("/healthz").await,
        stack.get("/v1/uploads/1").await,
    ];
    // What is left of the rate is another test's.
    let shown = answers.iter().map(show).collect::<Vec<_>>().join("\n\n");
    let shown = shown.lines().filter(|line| !line.starts_with("ratelimit:"));
    insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"));
}
