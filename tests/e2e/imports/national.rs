//! The masterplans of many regions in one file.

use serde_json::json;
use takar_proto::v1::import::{Kind, State};

use super::support::{
    asked, call, codes, import, import_as, programs, staged, with_regions, written,
};
use crate::{rest, trail};

#[tokio::test]
async fn an_error_in_row_20001_imports_nothing_and_says_where() {
    let stack = with_regions(514).await;
    let good = programs(codes(514), 40);
    let mut lines: Vec<_> = good.lines().map(str::to_owned).collect();
    // The first line is row 1.
    lines[20_000] = lines[20_000].replace("1250000000.00", "1.250.000.000");
    let wrong = lines.join("\n");
    let before = trail::end(&stack).await;

    let refused = import(&stack, asked(Kind::Programs), &wrong).await;
    assert_eq!(refused.import.state(), State::Refused);
    assert_eq!((refused.import.rows, refused.import.regions), (20_560, 514));
    assert_eq!(refused.errors(), ["20001 budget 1.250.000.000"]);
    assert_eq!((written(&stack).await.as_str(), staged(&stack).await), ("", 0));
    assert_eq!(trail::entries_after(&stack, before).await.len(), 1, "of the import alone");

    let imported = import(&stack, asked(Kind::Programs), &good).await;
    assert_eq!(imported.import.state(), State::Succeeded);
    assert_eq!((imported.rows(), imported.import.regions_written), ([20_560, 0, 0], 514));
    assert!(imported.messages > 2, "its progress is told");
    assert_eq!(written(&stack).await.lines().count(), 20_560);
    assert_eq!(staged(&stack).await, 0);
}

#[tokio::test]
async fn a_file_is_imported_once_and_a_later_one_changes_only_what_differs() {
    let stack = with_regions(3).await;
    let first = programs(codes(3), 4);
    assert_eq!(import(&stack, asked(Kind::Programs), &first).await.rows(), [12, 0, 0]);
    let end = trail::end(&stack).await;
    let after_first = written(&stack).await;

    let again = import(&stack, asked(Kind::Programs), &first).await;
    assert!(again.already);
    assert_eq!((again.rows(), trail::end(&stack).await), ([12, 0, 0], end));
    assert_eq!(written(&stack).await, after_first);

    let later = first.replacen("1250000000.00", "1250000000.0", 1) + "11.03,new,LIVING,New,,,,,,\n";
    let imported = import(&stack, asked(Kind::Programs), &later).await;
    assert_eq!((imported.rows(), imported.already), ([1, 1, 11], false));
    let entries = trail::entries_after(&stack, end).await;
    let told: Vec<_> = entries.iter().map(|entry| &entry["changes"]).collect();
    let [first, second, third] = told.as_slice() else { panic!("{told:?}") };
    // What was overwritten stands in the trail; what is new is known by its etag.
    assert_eq!(first[0]["resource"], "regions/11.01/programs/program-0");
    assert_eq!(first[0]["before"]["budget"], "1250000000.00");
    assert_eq!(first[0]["after"]["budget"], "1250000000.0");
    let new =
        call(&stack, "RegistryService.GetProgram", json!({"name": "regions/11.03/programs/new"}));
    assert_eq!(second[0]["after"], json!({"etag": new.await["etag"]}));
    assert_eq!(third[0]["resource"], imported.import.name);
    assert_eq!(entries[0]["method"], "ImportService/ImportRows");
}

#[tokio::test]
async fn the_same_file_at_the_same_time_is_imported_once() {
    let stack = with_regions(20).await;
    let file = programs(codes(20), 30);
    let import = || import(&stack, asked(Kind::Programs), &file);
    let (one, other) = tokio::join!(import(), import());
    assert_eq!((one.rows(), other.rows()), ([600, 0, 0], [600, 0, 0]));
    assert_ne!(one.already, other.already);
}

#[tokio::test]
async fn an_import_shows_at_once_where_answers_are_kept() {
    let stack = with_regions(1).await;
    let read = || async {
        let request = stack.rest.with_token("").request("GET", "/v1/regions/11.01/programs");
        rest::send(request).await.into_answer().message()["programs"].as_array().map(Vec::len)
    };
    assert_eq!((read().await, read().await), (Some(0), Some(0)));
    import(&stack, asked(Kind::Programs), &programs(codes(1), 2)).await;
    assert_eq!(read().await, Some(2));
}

#[tokio::test]
async fn a_programme_keeps_its_pillar_while_an_evaluation_reports_on_it() {
    let stack = with_regions(2).await;
    let file = programs(codes(2), 2);
    import(&stack, asked(Kind::Programs), &file).await;
    let reports = "region,program,status,reason,budget,realised_budget,quick_win\n\
                   11.02,program-1,RUNNING,,,,\n";
    import(&stack, asked(Kind::ProgramReports), reports).await;
    let moved = file.replace("BRANDING", "LIVING");
    let refused = import(&stack, asked(Kind::Programs), &moved).await;
    assert_eq!(refused.errors(), ["5 pillar living"]);
    assert_eq!(refused.allowed(), "branding, as an evaluation has a report on the programme");
}

#[tokio::test]
async fn a_client_that_hangs_up_leaves_nothing_behind() {
    let stack = with_regions(30).await;
    let file = programs(codes(30), 60);
    // Somebody registers a programme there, and takes his time.
    let mut other = stack.connection().await;
    sqlx::raw_sql("begin; select from region where kind = 'kabupaten' for share")
        .execute(&mut other)
        .await
        .expect("a lock");
    let token = stack.token.clone();
    {
        let importing = import_as(&stack, &token, asked(Kind::Programs), &file);
        tokio::select! {
            _ = importing => panic!("the regions are locked"),
            () = stack.await_waiting_session() => {}
        }
    }
    sqlx::raw_sql("rollback").execute(&mut other).await.expect("a rollback");
    // The lock on the import's row is free only when the one that was given up is gone.
    let imported = import(&stack, asked(Kind::Programs), &file).await;
    assert_eq!((imported.rows(), imported.already), ([1_800, 0, 0], false));
}
