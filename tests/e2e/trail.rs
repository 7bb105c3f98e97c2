//! The audit trail as the secretariat reads it.

use serde_json::{Value as Json, json};

use crate::stack::Stack;

/// The contents of all entries after `sequence`, oldest first.
pub(crate) async fn entries_after(stack: &Stack, sequence: i64) -> Vec<Json> {
    let mut entries = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = json!({"pageSize": 1_000, "pageToken": page_token});
        let page = stack.grpc.call("AccessService.ListAuditEntries", &request).await.message();
        for entry in page["auditEntries"].as_array().expect("a list") {
            if number(&entry["sequence"]) > sequence {
                let content = entry["content"].as_str().expect("text");
                entries.push(serde_json::from_str(content).expect("JSON"));
            }
        }
        page["nextPageToken"].as_str().expect("a token").clone_into(&mut page_token);
        if page_token.is_empty() {
            return entries;
        }
    }
}

/// Where the trail ends now.
pub(crate) async fn end(stack: &Stack) -> i64 {
    let request = json!({"pageSize": 1});
    let page = stack.grpc.call("AccessService.ListAuditEntries", &request).await.message();
    number(&page["headSequence"])
}

/// Integers of 64 bits are text in JSON.
fn number(json: &Json) -> i64 {
    json.as_str().and_then(|text| text.parse().ok()).expect("a number as text")
}
