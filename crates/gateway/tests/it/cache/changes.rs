//! Nothing that is kept hides a change.

use std::time::Duration;

use takar_gateway::Limits;
use tonic::Code;

use super::stand::{LONG_LEASE, Stand, Telling, eventually};

#[tokio::test]
async fn nothing_that_was_kept_before_a_change_is_shown_after_it() {
    let stand = Stand::start().await;
    for round in 1..=20 {
        for path in ["/v1/public/a", "/v1/timed/a", "/v1/past/a?asOf=2020-01-01T00:00:00Z"] {
            let first = stand.get(path, &[]).await;
            assert!(!first.is_kept(), "{path} in round {round}");
            assert_eq!(first.calls(), i64::from(stand.service.calls()));
            assert!(stand.get(path, &[]).await.is_kept(), "{path} in round {round}");
        }
        stand.service.change().await;
    }
}

#[tokio::test]
async fn an_old_answer_that_may_be_shown_for_a_while_is_not_shown_after_a_change() {
    let stand = Stand::start().await;
    for _ in 0..20 {
        assert!(!stand.get("/v1/stale/a", &[]).await.is_kept());
        assert!(stand.get("/v1/stale/a", &[]).await.is_kept());
        stand.service.change().await;
    }
}

#[tokio::test]
async fn what_was_fetched_before_a_change_is_not_kept_after_it() {
    let stand = Stand::start().await;
    stand.service.hold();
    let get = stand.stack.get("/v1/public/a");
    let ((), before) = tokio::join!(
        async {
            stand.service.until_waiting(1).await;
            stand.service.change().await;
            stand.service.let_go(1);
        },
        get,
    );
    assert!(!before.headers().contains_key("age"));
    stand.service.let_go(1);
    let after = stand.get("/v1/public/a", &[]).await;
    assert_eq!((after.is_kept(), after.calls()), (false, 2));
}

#[tokio::test]
async fn a_change_that_passes_through_is_seen_by_whoever_made_it() {
    let stand = Stand::start().await;
    for _ in 0..20 {
        assert!(!stand.get("/v1/public/a", &[]).await.is_kept());
        assert!(stand.get("/v1/public/a", &[]).await.is_kept());
        assert_eq!(stand.send("POST", "/v1/public/a:change", &[]).await.status, 200);
    }
    stand.get("/v1/public/a", &[]).await;
    let refused = stand.send("POST", "/v1/public/a:change?refusal=5", &[]).await;
    assert_eq!(refused.status, 400, "the body is the request");
    assert!(stand.get("/v1/public/a", &[]).await.is_kept(), "a refusal changes nothing");
}

#[tokio::test]
async fn a_service_that_does_not_tell_its_changes_has_nothing_kept() {
    let stand = Stand::with(Limits::default(), Telling::Ends(Code::Unimplemented)).await;
    eventually("it was asked", async || stand.service.watches() > 0).await;
    for _ in 0..3 {
        let answer = stand.get("/v1/public/a", &[]).await;
        assert!(!answer.is_kept());
        assert_eq!(answer.header("cache-control"), "public, no-cache");
    }
    let known = [("if-none-match", "\"v1\"")];
    assert_eq!(stand.get("/v1/public/a?etag=v1", &known).await.status, 304);
}

#[tokio::test]
async fn nothing_is_shown_while_nobody_tells_of_changes_and_nothing_older_after() {
    let stand = Stand::start().await;
    stand.get("/v1/public/a", &[]).await;
    assert!(stand.get("/v1/public/a", &[]).await.is_kept());
    stand.service.tell(Telling::Ends(Code::Unavailable));
    eventually("the gateway knows that it hears nothing", async || {
        !stand.get("/v1/public/a", &[]).await.is_kept()
    })
    .await;
    let calls = stand.service.calls();
    assert_eq!(stand.get("/v1/public/a", &[]).await.calls(), i64::from(calls) + 1);
    stand.service.tell(Telling::Leases(LONG_LEASE));
    let mut last = 0;
    eventually("the gateway watches again", async || {
        let answer = stand.get("/v1/public/a", &[]).await;
        assert!(answer.calls() > calls.into(), "of before the silence");
        let is_same = answer.calls() == last;
        last = answer.calls();
        is_same && answer.is_kept()
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_is_over_is_the_end_of_what_is_kept_until_there_is_another() {
    let lease = Duration::from_millis(400);
    let stand = Stand::with(Limits::default(), Telling::Leases(lease)).await;
    let is_kept = async || stand.get("/v1/public/a", &[]).await.is_kept();
    eventually("leases follow each other", is_kept).await;
    stand.service.tell(Telling::NoLeases);
    eventually("the last lease is over", async || !is_kept().await).await;
    stand.service.tell(Telling::Leases(lease));
    stand.service.change_unheard();
    eventually("there is another", is_kept).await;
}
