//! Many who ask the same at once.

use std::sync::Arc;

use takar_gateway::Limits;
use tokio::task::JoinSet;

use super::stand::{Answer, LONG_LEASE, Stand, Telling};

const COUNT: usize = 100;

async fn start() -> Arc<Stand> {
    let limits = Limits { requests_per_second: 0, ..Limits::default() };
    Arc::new(Stand::with(limits, Telling::Leases(LONG_LEASE)).await)
}

/// Asks so often at once.
fn ask(stand: &Arc<Stand>, count: usize, path: &'static str) -> JoinSet<Answer> {
    let ask = |_| {
        let stand = Arc::clone(stand);
        async move { stand.get(path, &[]).await }
    };
    (0..count).map(ask).collect()
}

#[tokio::test]
async fn those_who_ask_the_same_at_once_make_one_call() {
    let stand = start().await;
    stand.service.hold();
    let asking = ask(&stand, COUNT, "/v1/public/a");
    stand.service.until_waiting(1).await;
    stand.service.let_go(1);
    let answers = asking.join_all().await;
    assert!(answers.iter().all(|answer| answer.calls() == 1));
    assert_eq!(answers.iter().filter(|answer| !answer.is_kept()).count(), 1);
    assert_eq!(stand.service.calls(), 1);
}

#[tokio::test]
async fn those_who_waited_for_a_refusal_ask_on_their_own_and_all_at_once() {
    let stand = start().await;
    stand.service.hold();
    let asking = ask(&stand, COUNT, "/v1/public/a?refusal=5");
    stand.service.until_waiting(1).await;
    stand.service.let_go(1);
    // None of them waits for another: those who haven't come yet make a call or share one.
    stand.service.until_answered(1).await;
    stand.service.let_go(COUNT);
    let answers = asking.join_all().await;
    assert!(answers.iter().all(|answer| answer.status == 404));
}

#[tokio::test]
async fn where_who_asked_hangs_up_another_asks_instead() {
    let stand = start().await;
    stand.service.hold();
    let mut first = ask(&stand, 1, "/v1/public/a");
    stand.service.until_waiting(1).await;
    let others = ask(&stand, COUNT, "/v1/public/a");
    first.abort_all();
    while first.join_next().await.is_some() {}
    // The second call is made by one of the others, for all of them.
    stand.service.until_called(2).await;
    stand.service.let_go(2);
    let answers = others.join_all().await;
    assert!(answers.iter().all(|answer| answer.calls() == 2), "{answers:?}");
    assert_eq!(stand.service.calls(), 2);
}

#[tokio::test]
async fn those_who_ask_for_what_is_not_kept_do_not_wait_for_each_other() {
    let stand = start().await;
    stand.service.hold();
    let asking = ask(&stand, 10, "/v1/unkept/a");
    stand.service.until_waiting(10).await;
    stand.service.let_go(10);
    asking.join_all().await;
}

#[tokio::test]
async fn who_asks_after_a_change_does_not_wait_for_what_was_asked_before() {
    let stand = start().await;
    stand.service.hold();
    let before = ask(&stand, 1, "/v1/public/a");
    stand.service.until_waiting(1).await;
    stand.service.change().await;
    let after = ask(&stand, 1, "/v1/public/a");
    stand.service.until_waiting(2).await;
    stand.service.let_go(2);
    assert_eq!(before.join_all().await[0].calls(), 1);
    assert_eq!(after.join_all().await[0].calls(), 2);
    assert_eq!(stand.get("/v1/public/a", &[]).await.calls(), 2, "the later one is kept");
}
