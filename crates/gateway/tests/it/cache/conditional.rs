//! Reads by those who know an answer already.

use super::stand::{Answer, LONG_LEASE, Stand, Telling};

use takar_gateway::Limits;

async fn known(stand: &Stand, path: &str, tag: &str) -> Answer {
    stand.get(path, &[("if-none-match", tag)]).await
}

#[tokio::test]
async fn every_good_answer_has_a_strong_tag() {
    let stand = Stand::start().await;
    for (path, headers) in [
        ("/v1/public/a?etag=v1", &[][..]),
        ("/v1/public/a", &[]),
        ("/v1/private/a", &[]),
        ("/v1/unkept/a", &[]),
        // No etag can be written of these.
        ("/v1/public/a?etag=v%22", &[]),
        ("/v1/public/a?etag=v-gzip", &[]),
        ("/v1/public", &[]),
        ("/v1/public", &[("accept", "text/csv")]),
    ] {
        let tag = stand.get(path, headers).await.header("etag");
        assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 3, "{path}: {tag}");
        assert_eq!(tag == "\"v1\"", path.ends_with("=v1"), "{path}: {tag}");
    }
}

#[tokio::test]
async fn the_tag_of_an_answer_without_one_is_that_of_its_content() {
    let one = Stand::start().await;
    let other = Stand::start().await;
    let tag = one.get("/v1/public/a", &[]).await.header("etag");
    assert_eq!(other.get("/v1/public/a", &[]).await.header("etag"), tag, "of another process");
    // The service counts its calls, so this is another content.
    assert_ne!(one.get("/v1/public/a?size=0", &[]).await.header("etag"), tag);
    let json = one.get("/v1/public", &[]).await.header("etag");
    let csv = other.get("/v1/public", &[("accept", "text/csv")]).await.header("etag");
    assert_ne!(json, csv, "of another form");
}

#[tokio::test]
async fn who_knows_the_answer_is_told_so_from_what_is_kept_and_by_the_service_alike() {
    for cache_bytes in [0, Limits::CACHE_BYTES] {
        let limits = Limits { cache_bytes, ..Limits::default() };
        let stand = Stand::with(limits, Telling::Leases(LONG_LEASE)).await;
        let path = "/v1/large/a?size=5000&etag=v1";
        for coding in ["identity", "gzip"] {
            stand.get(path, &[("accept-encoding", coding)]).await;
        }
        for (coding, tag, expected) in [
            ("identity", "\"v1\"", "\"v1\""),
            ("identity", "W/\"v1\"", "\"v1\""),
            ("identity", "\"v0\", \"v1\"", "\"v1\""),
            ("identity", "\"v1-gzip\"", "\"v1-gzip\""),
            ("gzip", "\"v1-gzip\"", "\"v1-gzip\""),
            ("gzip", "\"v1\"", "\"v1\""),
        ] {
            for method in ["GET", "HEAD"] {
                let headers = [("accept-encoding", coding), ("if-none-match", tag)];
                let answer = stand.send(method, path, &headers).await;
                assert_eq!(answer.status, 304, "{coding} {tag}");
                assert_eq!(answer.header("etag"), expected, "{coding} {tag}");
                assert_eq!(answer.header("cache-control"), "public, no-cache");
                assert_eq!(answer.header("vary"), "prefer, authorization, Accept-Encoding");
                assert_eq!(answer.is_kept(), cache_bytes > 0);
                assert!(answer.body.is_empty());
                for name in ["content-type", "content-length", "content-encoding"] {
                    assert_eq!(answer.header(name), "", "{name}");
                }
            }
        }
        for tag in ["\"v2\"", "v1", "\"v1-zip\""] {
            assert_eq!(known(&stand, path, tag).await.status, 200, "{tag}");
        }
        assert_eq!(known(&stand, path, "*").await.status, 304);
    }
}

#[tokio::test]
async fn a_list_as_rows_is_not_told_again() {
    let stand = Stand::start().await;
    let csv = ("accept", "text/csv");
    let first = stand.get("/v1/public", &[csv, ("authorization", "Bearer x")]).await;
    let tag = first.header("etag");
    assert!(first.header("content-type").starts_with("text/csv"));
    // The content differs by the number of calls, so that of what is kept is asked for.
    let kept = stand.get("/v1/public", &[csv]).await.header("etag");
    assert_ne!(kept, tag);
    let known = [csv, ("if-none-match", kept.as_str())];
    assert_eq!(stand.get("/v1/public", &known).await.status, 304);
}

#[tokio::test]
async fn who_asks_first_and_knows_the_answer_leaves_the_whole_of_it_for_others() {
    let stand = Stand::start().await;
    let path = "/v1/public/a?etag=v1";
    let first = known(&stand, path, "\"v1\"").await;
    assert_eq!((first.status, first.is_kept()), (304, false));
    let other = stand.get(path, &[]).await;
    assert!(other.is_kept());
    assert_eq!(other.calls(), 1);
}
