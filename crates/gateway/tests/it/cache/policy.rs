//! What answers say of how they may be kept.

use super::stand::Stand;

const SOMEBODY: [(&str, &str); 1] = [("authorization", "Bearer x")];

#[tokio::test]
async fn an_answer_says_how_it_may_be_kept_as_the_contract_does() {
    let stand = Stand::start().await;
    let past = "/v1/past/a?asOf=2020-01-01T00:00:00Z";
    for (path, public, private) in [
        ("/v1/public/a", "public, no-cache", "private, no-cache"),
        ("/v1/public", "public, no-cache", "private, no-cache"),
        ("/v1/spoken/a", "public, no-cache", "private, no-cache"),
        (
            "/v1/timed/a",
            "public, max-age=3600, stale-while-revalidate=60",
            "private, max-age=3600, stale-while-revalidate=60",
        ),
        (past, "public, max-age=31536000, immutable", "private, max-age=31536000, immutable"),
        ("/v1/past/a", "public, no-cache", "private, no-cache"),
        ("/v1/past/a?asOf=2999-01-01T00:00:00Z", "public, no-cache", "private, no-cache"),
        ("/v1/private/a", "private, no-cache", "private, no-cache"),
        ("/v1/unkept/a", "no-store", "no-store"),
    ] {
        for (headers, expected) in [(&[][..], public), (&SOMEBODY, private)] {
            let answer = stand.get(path, headers).await;
            assert_eq!(answer.header("cache-control"), expected, "{path} {headers:?}");
            let is_kept_at_all = expected != "no-store";
            assert_eq!(answer.header("vary").contains("authorization"), is_kept_at_all, "{path}");
        }
        assert_eq!(stand.get(path, &[]).await.header("cache-control"), public, "{path} again");
    }
}

#[tokio::test]
async fn a_change_is_kept_by_nobody() {
    let stand = Stand::start().await;
    let changed = stand.send("POST", "/v1/public/a:change", &[]).await;
    assert_eq!((changed.status, changed.header("cache-control").as_str()), (200, "no-store"));
    assert_eq!(changed.header("etag"), "");
}
