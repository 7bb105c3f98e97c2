//! What is kept, for whom, and how much of it.

use takar_gateway::Limits;

use super::stand::{LONG_LEASE, Stand, Telling, eventually};

#[tokio::test]
async fn a_public_answer_is_kept_and_shown_again() {
    let stand = Stand::start().await;
    let first = stand.get("/v1/public/a", &[]).await;
    assert_eq!((first.calls(), first.header("age")), (1, String::new()));
    for _ in 0..3 {
        let again = stand.get("/v1/public/a", &[]).await;
        assert_eq!((again.calls(), again.header("age").as_str()), (1, "0"));
        assert_eq!(again.body, first.body);
        for name in ["etag", "cache-control", "vary", "content-type", "x-content-type-options"] {
            assert_eq!(again.header(name), first.header(name), "{name}");
        }
        assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    }
    assert_eq!(stand.service.calls(), 1);
}

#[tokio::test]
async fn each_url_has_an_answer_of_its_own() {
    let stand = Stand::start().await;
    let paths = ["/v1/public/a", "/v1/public/b", "/v1/public/a?size=1", "/v1/public/a?size=01"];
    for (index, path) in paths.into_iter().enumerate() {
        let calls = i64::try_from(index).expect("a small number") + 1;
        assert_eq!(stand.get(path, &[]).await.calls(), calls, "{path}");
        assert_eq!(stand.get(path, &[]).await.calls(), calls, "{path} again");
    }
    // Nobody here knows whether they mean the same to the service.
    assert_eq!(stand.get("/v1/public/%61", &[]).await.calls(), 5);
}

#[tokio::test]
async fn a_head_is_answered_by_what_is_kept_of_a_get_and_the_other_way_round() {
    let stand = Stand::start().await;
    let whole = stand.get("/v1/public/a", &[]).await;
    let head = stand.send("HEAD", "/v1/public/a", &[]).await;
    assert!(head.is_kept() && head.body.is_empty());
    assert_eq!(head.header("content-length"), whole.body.len().to_string());
    assert_eq!(head.header("etag"), whole.header("etag"));

    assert!(!stand.send("HEAD", "/v1/public/b", &[]).await.is_kept());
    assert_eq!(stand.get("/v1/public/b", &[]).await.calls(), 2);
    assert_eq!(stand.service.calls(), 2);
}

#[tokio::test]
async fn who_shows_a_credential_is_never_answered_from_what_is_kept_nor_kept() {
    let stand = Stand::start().await;
    for credential in [("authorization", "Bearer x"), ("cookie", "session=x")] {
        let path = format!("/v1/public/{}", credential.0);
        assert!(!stand.get(&path, &[credential]).await.is_kept());
        let public = stand.get(&path, &[]).await;
        assert!(!public.is_kept(), "what was answered to somebody");
        assert!(stand.get(&path, &[]).await.is_kept());
        let own = stand.get(&path, &[credential]).await;
        assert!(!own.is_kept(), "what was answered to others");
        assert!(own.calls() > public.calls());
    }
}

#[tokio::test]
async fn only_what_the_contract_calls_public_is_kept() {
    let stand = Stand::start().await;
    for path in ["/v1/private/a", "/v1/unkept/a", "/v1/brief/a"] {
        let first = stand.get(path, &[]).await;
        let again = stand.get(path, &[]).await;
        assert!(!again.is_kept() && again.calls() > first.calls(), "{path}");
    }
}

#[tokio::test]
async fn a_refusal_is_not_kept() {
    let stand = Stand::start().await;
    for code in [5, 13, 14] {
        let path = format!("/v1/public/a?refusal={code}");
        let calls = stand.service.calls();
        for _ in 0..2 {
            let refused = stand.get(&path, &[]).await;
            assert!(refused.status >= 400 && !refused.is_kept());
            assert_eq!(refused.header("cache-control"), "no-store");
        }
        assert!(stand.service.calls() >= calls + 2);
    }
}

#[tokio::test]
async fn each_form_coding_and_preference_has_an_answer_of_its_own() {
    let stand = Stand::start().await;
    for (path, headers) in [
        ("/v1/public", &[("accept", "application/json")][..]),
        ("/v1/public", &[("accept", "text/csv")]),
        ("/v1/large/a?size=5000", &[]),
        ("/v1/large/a?size=5000", &[("accept-encoding", "gzip")]),
        ("/v1/large/a?size=5000", &[("accept-encoding", "br")]),
        ("/v1/large/a?size=5000", &[("accept-encoding", "zstd")]),
        ("/v1/public/a", &[]),
        ("/v1/public/a", &[("prefer", "count=exact")]),
    ] {
        let first = stand.get(path, headers).await;
        assert!(!first.is_kept(), "{path} {headers:?}");
        let again = stand.get(path, headers).await;
        assert!(again.is_kept(), "{path} {headers:?}");
        for name in ["content-type", "content-encoding", "preference-applied", "etag"] {
            assert_eq!(again.header(name), first.header(name), "{path} {headers:?}");
        }
        assert_eq!(again.body, first.body);
    }
    // What means the same finds the same.
    for (path, header) in [
        ("/v1/public", ("accept", "text/html, application/json;q=0.9, */*;q=0.1")),
        ("/v1/public", ("accept", "text/*")),
        ("/v1/large/a?size=5000", ("accept-encoding", "zstd, br, gzip, deflate")),
        ("/v1/public/a", ("accept-language", "id")),
    ] {
        assert!(stand.get(path, &[header]).await.is_kept(), "{path} {header:?}");
    }
}

#[tokio::test]
async fn each_language_has_an_answer_of_its_own_where_they_differ() {
    let stand = Stand::start().await;
    for (accepted, language, is_kept) in [
        ("id", "id", false),
        ("en", "en", false),
        ("id", "id", true),
        ("en-GB, en;q=0.9, de;q=0.8", "en", true),
        ("de, en;q=0.1", "en", true),
        ("de, fr;q=0.9", "id", true),
        ("", "id", true),
    ] {
        let answer = stand.get("/v1/spoken/a", &[("accept-language", accepted)]).await;
        assert_eq!(answer.text("language"), language, "{accepted}");
        assert_eq!(answer.is_kept(), is_kept, "{accepted}");
        assert_eq!(
            answer.header("vary"),
            "prefer, authorization, accept-language, Accept-Encoding"
        );
    }
    assert!(stand.get("/v1/spoken/a", &[]).await.is_kept());
    assert_eq!(stand.service.calls(), 2);
}

#[tokio::test]
async fn in_languages_that_are_not_named_nothing_is_kept() {
    let stand = Stand::start().await;
    for language in ["id", "id", "x-klingon"] {
        let answer = stand.get("/v1/tongues/a", &[("accept-language", language)]).await;
        assert!(!answer.is_kept());
        assert_eq!(answer.text("language"), language);
        assert_eq!(answer.header("cache-control"), "public, no-cache");
        assert!(answer.header("vary").contains("accept-language"));
    }
}

#[tokio::test]
async fn nobody_can_have_one_answer_kept_in_many_copies() {
    let stand = Stand::start().await;
    for path in ["/v1/public/a", "/v1/spoken/a"] {
        assert!(!stand.get(path, &[]).await.is_kept());
        for index in 0..50 {
            let (language, wish) = (format!("x-{index}"), format!("count={index}, a{index}=b"));
            let accept = format!("text/{index}, application/json;q=0.{}", index + 1);
            for header in [("accept-language", &language), ("prefer", &wish), ("accept", &accept)] {
                let header = (header.0, header.1.as_str());
                assert!(stand.get(path, &[header]).await.is_kept(), "{path} {header:?}");
            }
        }
    }
    assert_eq!(stand.service.calls(), 2);
}

#[tokio::test]
async fn who_waits_for_so_long_only_takes_what_is_kept_and_leaves_nothing() {
    let stand = Stand::start().await;
    let waits = [("prefer", "wait=5")];
    for _ in 0..2 {
        let own = stand.get("/v1/public/a", &waits).await;
        assert!(!own.is_kept());
        assert_eq!(own.header("preference-applied"), "wait=5");
    }
    let other = stand.get("/v1/public/a", &[]).await;
    assert_eq!((other.is_kept(), other.header("preference-applied")), (false, String::new()));
    assert!(stand.get("/v1/public/a", &waits).await.is_kept());
    let anew = [waits[0], ("cache-control", "no-cache")];
    assert!(!stand.get("/v1/public/a", &anew).await.is_kept());
    assert_eq!(stand.get("/v1/public/a", &[]).await.calls(), 3);
    // What is old is shown, but it fetches nothing for others.
    assert_eq!(stand.get("/v1/stale/a", &[]).await.calls(), 5);
    assert_eq!(stand.get("/v1/stale/a", &waits).await.calls(), 5);
    assert_eq!(stand.service.calls(), 5);
}

#[tokio::test]
async fn a_client_may_ask_for_what_is_not_kept_or_only_for_what_is() {
    let stand = Stand::start().await;
    let only_kept = [("cache-control", "only-if-cached")];
    let refused = stand.get("/v1/public/a", &only_kept).await;
    assert_eq!((refused.status, stand.service.calls()), (504, 0));
    stand.get("/v1/public/a", &[]).await;
    for (directive, is_kept) in [
        ("only-if-cached", true),
        ("max-age=60", true),
        ("no-cache", false),
        ("max-age=0", false),
        ("no-store", false),
    ] {
        let answer = stand.get("/v1/public/a", &[("cache-control", directive)]).await;
        assert_eq!((answer.status, answer.is_kept()), (200, is_kept), "{directive}");
    }
    // What was asked for anew is kept, but for what must not be stored.
    assert_eq!(stand.service.calls(), 4);
    assert_eq!(stand.get("/v1/public/a", &only_kept).await.calls(), 3);
    for headers in [[only_kept[0], ("authorization", "Bearer x")], [only_kept[0], ("a", "b")]] {
        let path = if headers[1].0 == "a" { "/v1/unkept/a" } else { "/v1/public/a" };
        assert_eq!(stand.get(path, &headers).await.status, 504, "{headers:?}");
    }
}

#[tokio::test]
async fn what_is_kept_takes_no_more_memory_than_it_may() {
    const CACHE_BYTES: usize = 1024 * 1024;
    const COUNT: usize = 100;
    let limits = Limits { cache_bytes: CACHE_BYTES, requests_per_second: 0, ..Limits::default() };
    let stand = Stand::with(limits, Telling::Leases(LONG_LEASE)).await;
    // Each of them takes the largest share that one may have, with its headers.
    let path = |index: usize| format!("/v1/large/{index}?size={}", CACHE_BYTES / 32 - 2000);
    for index in 0..COUNT {
        stand.get(&path(index), &[]).await;
    }
    let mut kept = 0;
    for index in 0..COUNT {
        let only_kept = [("cache-control", "only-if-cached")];
        kept += usize::from(stand.get(&path(index), &only_kept).await.status == 200);
    }
    assert!((16..=33).contains(&kept), "{kept} are kept");
}

#[tokio::test]
async fn what_is_too_large_is_not_kept() {
    const CACHE_BYTES: usize = 1024 * 1024;
    let limits = Limits { cache_bytes: CACHE_BYTES, ..Limits::default() };
    let stand = Stand::with(limits, Telling::Leases(LONG_LEASE)).await;
    let probe = stand.get("/v1/large/a?size=0", &[]).await.body.len();
    let most = CACHE_BYTES / 32 - probe;
    for (size, is_kept) in [(most, true), (most + 1, false)] {
        // The name and the number of calls are as long as those of the probe.
        let path = format!("/v1/large/{}?size={size}", if is_kept { "b" } else { "c" });
        assert_eq!(stand.get(&path, &[]).await.body.len(), probe + size);
        assert_eq!(stand.get(&path, &[]).await.is_kept(), is_kept, "{size}");
    }
}

#[tokio::test]
async fn nothing_is_kept_where_there_is_no_room_for_it() {
    let limits = Limits { cache_bytes: 0, ..Limits::default() };
    let stand = Stand::with(limits, Telling::Leases(LONG_LEASE)).await;
    for _ in 0..2 {
        let answer = stand.get("/v1/public/a", &[]).await;
        assert!(!answer.is_kept());
        assert_eq!(answer.header("cache-control"), "public, no-cache");
    }
    assert_eq!(stand.service.watches(), 0);
}

#[tokio::test]
async fn an_old_answer_is_shown_while_another_is_fetched_where_that_is_allowed() {
    let stand = Stand::start().await;
    assert_eq!(stand.get("/v1/stale/a", &[]).await.calls(), 1);
    stand.service.hold();
    for _ in 0..3 {
        assert_eq!(stand.get("/v1/stale/a", &[]).await.calls(), 1);
    }
    stand.service.until_waiting(1).await;
    assert_eq!(stand.service.calls(), 2, "one is fetched for all");
    stand.service.let_go(usize::MAX >> 4);
    eventually("the new answer is shown", async || stand.get("/v1/stale/a", &[]).await.calls() > 1)
        .await;
}
