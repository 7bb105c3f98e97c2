//! Only so many exports are made at once, and none for nobody.

use std::num::NonZeroU32;

use takar_proto::v1;
use takar_server::Limits;
use tonic::Code;

use super::{
    correct_kebumen,
    file::{client, export, multiply, refused, rows_of_csv},
};
use crate::{
    golden,
    grpc::refusal,
    stack::{Stack, eventually},
};

const ALL: &str = "/v1/cycles/-/scorecards:export";

fn one_at_a_time() -> Limits {
    Limits { max_exports: NonZeroU32::MIN, ..Limits::default() }
}

fn request() -> v1::ExportScorecardsRequest {
    v1::ExportScorecardsRequest { cycle: "cycles/-".to_owned(), ..Default::default() }
}

/// A stack that makes one export at a time, with much to export.
async fn busy_stack() -> Stack {
    let stack = golden::published_with(one_at_a_time()).await;
    multiply(&stack).await;
    stack
}

#[tokio::test]
async fn beyond_the_exports_that_are_made_at_once_none_is() {
    let stack = busy_stack().await;
    let mut client = client(&stack).await;
    let mut slow = client.export_scorecards(request()).await.unwrap().into_inner();
    slow.message().await.unwrap();

    let status = client.export_scorecards(request()).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    let over_rest = refused(&stack, ALL).await;
    assert_eq!(over_rest, refusal(&status));
    assert_eq!(over_rest.reason, "TOO_MANY_EXPORTS");

    let mut bytes = 0;
    while let Some(piece) = slow.message().await.unwrap() {
        assert!(piece.data.len() < 256 * 1024, "a piece of {} bytes", piece.data.len());
        bytes += piece.data.len();
    }
    assert!(bytes > 4 * 1024 * 1024, "only {bytes} bytes wait for nobody");
    eventually("there is a place again", async || {
        client.export_scorecards(request()).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_export_and_frees_its_place() {
    let stack = busy_stack().await;
    let mut client = client(&stack).await;
    for format in [v1::ExportFormat::Csv, v1::ExportFormat::Xlsx, v1::ExportFormat::SdmxJson] {
        let request = v1::ExportScorecardsRequest { format: format.into(), ..request() };
        let mut let_in = None;
        eventually("there is a place", async || {
            let_in = client.export_scorecards(request.clone()).await.ok();
            let_in.is_some()
        })
        .await;
        let mut gone = let_in.unwrap().into_inner();
        gone.message().await.unwrap();
        // Whatever it waits for, it hears of this.
        drop(gone);
    }
    eventually("there is a place again", async || {
        client.export_scorecards(request()).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn what_is_published_while_a_file_is_made_is_not_in_it() {
    let stack = busy_stack().await;
    // The cycle that is written last.
    let before = rows_of_csv(&export(&stack, "2022", "").await.text());
    let mut client = client(&stack).await;
    let mut slow = None;
    eventually("there is a place", async || {
        slow = client.export_scorecards(request()).await.ok();
        slow.is_some()
    })
    .await;
    let mut slow = slow.unwrap().into_inner();
    let mut bytes = slow.message().await.unwrap().unwrap().data.to_vec();
    correct_kebumen(&stack).await;
    while let Some(piece) = slow.message().await.unwrap() {
        bytes.extend(piece.data);
    }
    let mut rows = rows_of_csv(std::str::from_utf8(&bytes).unwrap());
    assert!(rows.iter().all(|row| row["AS_OF"] == rows[0]["AS_OF"]));
    rows.retain(|row| row["CYCLE"] == "2022");
    for (row, before) in rows.iter_mut().zip(&before) {
        row.insert("AS_OF".to_owned(), before["AS_OF"].clone());
    }
    assert_eq!(rows, before, "revision 2 came later");
    let mut after = Vec::new();
    eventually("there is a place", async || {
        let asked = v1::ExportScorecardsRequest { cycle: "cycles/2022".to_owned(), ..request() };
        let Ok(file) = client.export_scorecards(asked).await else { return false };
        let mut file = file.into_inner();
        while let Some(piece) = file.message().await.unwrap() {
            after.extend(piece.data);
        }
        true
    })
    .await;
    let after = rows_of_csv(std::str::from_utf8(&after).unwrap());
    assert!(after.iter().any(|row| row["REVISION"] == "2"));
}

#[tokio::test]
async fn while_a_client_takes_nothing_no_connection_to_the_database_is_held() {
    let stack = busy_stack().await;
    let mut client = client(&stack).await;
    let mut slow = client.export_scorecards(request()).await.unwrap().into_inner();
    slow.message().await.unwrap();
    let mut connection = stack.connection().await;
    eventually("no session is at work", async || {
        let busy: i64 = sqlx::query_scalar(
            "select count(*) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'",
        )
        .fetch_one(&mut connection)
        .await
        .unwrap();
        busy == 0
    })
    .await;
    // It was not over meanwhile.
    let mut bytes = 0;
    while let Some(piece) = slow.message().await.unwrap() {
        bytes += piece.data.len();
    }
    assert!(bytes > 4 * 1024 * 1024, "only {bytes} bytes waited");
}

#[tokio::test]
async fn what_is_wrong_is_said_before_a_file_begins_and_takes_no_place() {
    let stack = golden::published_with(one_at_a_time()).await;
    for _ in 0..3 {
        let refusal = refused(&stack, "/v1/cycles/2099/scorecards:export").await;
        assert_eq!(refusal.code, "NOT_FOUND");
    }
    assert!(!export(&stack, "2022", "asOf=2026-01-01T00:00:00Z").await.bytes.is_empty());
}
