//! Links from a page to the next.

use crate::{harness::Stack, lists::start};

async fn link(stack: &Stack, method: &str, path: &str) -> Option<String> {
    let response = stack.request(method, path).send().await.expect("an answer");
    assert_eq!(response.status(), 200, "{path}");
    response.headers().get("link").map(|link| link.to_str().expect("text").to_owned())
}

#[tokio::test]
async fn a_page_links_to_the_next_one_of_the_same_request() {
    let (stack, _) = start().await;
    for (query, next) in [
        ("", "pageToken=3"),
        ("?pageSize=2", "pageSize=2&pageToken=2"),
        ("?pageSize=2&pageToken=2&filter=a%20b+c", "pageSize=2&filter=a%20b+c&pageToken=4"),
        ("?page_token=2&&pageSize=1", "pageSize=1&pageToken=3"),
        ("?page%54oken=2", "pageToken=5"),
    ] {
        let expected = Some(format!("</v1/lists/7/things?{next}>; rel=\"next\""));
        for method in ["GET", "HEAD"] {
            let path = format!("/v1/lists/7/things{query}");
            assert_eq!(link(&stack, method, &path).await, expected, "{method} {query}");
        }
    }
}

#[tokio::test]
async fn links_lead_through_the_whole_list_and_end() {
    let (stack, lists) = start().await;
    let mut path = "/v1/lists/7/things?pageSize=2".to_owned();
    while let Some(next) = link(&stack, "GET", &path).await {
        let (target, _) = next.trim_start_matches('<').split_once('>').expect("a link");
        target.clone_into(&mut path);
    }
    assert_eq!(lists.pages(), 4);
    assert_eq!(link(&stack, "GET", "/v1/lists/7:rank").await, None);
}
