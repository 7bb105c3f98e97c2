//! Imports that write each region or none of it.

use serde_json::json;
use takar_proto::v1::{
    ImportRowsRequest,
    import::{Kind, State},
};

use super::support::{
    asked, by_region, call, codes, import, import_file, programs, with_regions, written,
};
use crate::trail;

#[tokio::test]
async fn regions_without_faults_are_written_and_the_others_when_it_comes_again() {
    let stack = with_regions(3).await;
    let tallies = "region,pillar,running,planned,not_due\n\
                   11.01,LIVING,1,2,0\n\
                   11.02,LIVING,1,2,0\n\
                   11.02,SOCIETY,3,2,0\n\
                   11.03,LIVING,1,2,0\n\
                   1103,LIVING,1,2,0\n";
    let partly = import(&stack, by_region(Kind::Tallies), tallies).await;
    assert_eq!(partly.import.state(), State::Partial);
    assert_eq!(partly.errors(), ["4 running 3", "6 region 1103"]);
    assert_eq!((partly.rows(), partly.import.regions_written), ([2, 0, 0], 2));
    assert_eq!((partly.import.regions, partly.import.evaluations_created), (3, 2));

    // What another one did meanwhile stays: these regions are done.
    let name = "regions/11.01/evaluations/2026";
    let tally = json!({"pillar": "PILLAR_LIVING", "running": 2, "planned": 2, "source": "later"});
    let request = json!({"name": name, "tallies": [tally]});
    call(&stack, "EvaluationService.ReportTallies", request).await;
    let again = import(&stack, by_region(Kind::Tallies), tallies).await;
    assert_eq!((again.already, again.rows()), (false, [2, 0, 0]));
    let evaluation = call(&stack, "EvaluationService.GetEvaluation", json!({"name": name})).await;
    assert_eq!(evaluation["tallies"][0]["running"], 2);
}

#[tokio::test]
async fn what_a_region_lacks_can_be_mended_and_the_same_file_goes_on() {
    let stack = with_regions(2).await;
    let scores = "region,pillar,component,score\n11.01,LIVING,,3\n11.02,LIVING,,3\n";
    let tallies = "region,pillar,running,planned,not_due\n11.01,LIVING,1,2,\n11.02,LIVING,1,2,\n";
    import(&stack, asked(Kind::Tallies), tallies).await;
    super::support::walk(&stack, "11.01", &["Submit", "Review"]).await;
    let partly = import(&stack, by_region(Kind::Scores), scores).await;
    assert_eq!(
        (partly.import.state(), partly.errors()),
        (State::Partial, vec!["3 region 11.02".to_owned()])
    );
    super::support::walk(&stack, "11.02", &["Submit", "Review"]).await;
    let whole = import(&stack, by_region(Kind::Scores), scores).await;
    assert_eq!((whole.import.state(), whole.rows()), (State::Succeeded, [2, 0, 0]));
    assert_eq!(whole.import.name, partly.import.name);
    assert!(import(&stack, by_region(Kind::Scores), scores).await.already);
}

#[tokio::test]
async fn it_comes_to_the_same_as_the_whole_file() {
    let (whole, parts) = (with_regions(5).await, with_regions(5).await);
    let file = programs(codes(5), 7);
    import(&whole, asked(Kind::Programs), &file).await;
    let end = trail::end(&parts).await;
    let imported = import(&parts, by_region(Kind::Programs), &file).await;
    assert_eq!((imported.rows(), imported.import.regions_written), ([35, 0, 0], 5));
    assert_eq!(written(&parts).await, written(&whole).await);
    // Its beginning, its five regions and its end.
    assert_eq!(trail::entries_after(&parts, end).await.len(), 7);
}

#[tokio::test]
async fn a_dry_run_says_what_would_become_of_it_and_writes_nothing() {
    let stack = with_regions(3).await;
    let tallies = "region,pillar,running,planned,not_due\n\
                   11.01,LIVING,1,2,\n11.02,LIVING,3,2,\n11,LIVING,1,2,\n";
    let end = trail::end(&stack).await;
    let dry = |asked| ImportRowsRequest { validate_only: true, ..asked };
    let parts = import(&stack, dry(by_region(Kind::Tallies)), tallies).await;
    assert_eq!(parts.import.state(), State::Partial);
    assert_eq!(parts.errors(), ["3 running 3", "4 region 11"]);
    assert_eq!((parts.rows(), parts.import.regions_written), ([1, 0, 0], 1));
    let whole = import(&stack, dry(asked(Kind::Tallies)), tallies).await;
    // What is there decides about the rows that are right in themselves.
    assert_eq!((whole.import.state(), whole.errors()), (State::Refused, parts.errors()));
    assert_eq!(whole.allowed(), "0 to planned, which is 2");
    assert_eq!((written(&stack).await.as_str(), trail::end(&stack).await), ("", end));
    let kept = call(&stack, "ImportService.ListImports", json!({})).await;
    assert_eq!(kept["imports"], json!([]));
}

/// What openpyxl wrote by `make-workbook.py` beside it: two regions whose rows are right, one code typed
/// as a number, and two that are at fault.
const WORKBOOK: &[u8] =
    include_bytes!("../../../crates/server/src/spreadsheet/tests/workbook.xlsx");

#[tokio::test]
async fn a_workbook_is_read_as_its_spreadsheet_shows_it() {
    let stack = with_regions(1).await;
    let region =
        |id: &str, kind: &str| json!({"regionId": id, "region": {"kind": kind, "displayName": id}});
    let mut requests = vec![region("33", "KIND_PROVINCE")];
    requests.extend(["33.05", "33.06", "33.07", "33.10"].map(|id| region(id, "KIND_KABUPATEN")));
    call(&stack, "RegistryService.BatchCreateRegions", json!({"requests": requests})).await;
    let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let asked = by_region(Kind::Tallies);
    let imported =
        import_file(&stack, &stack.token, asked, xlsx, WORKBOOK).await.expect("a result");
    assert_eq!(imported.import.state(), State::Partial);
    assert_eq!((imported.rows(), imported.import.regions), ([2, 0, 0], 4));
    assert_eq!(
        imported.errors(),
        [
            "4 not_due 2022-01-02",
            "4 planned ",
            "4 running 1.5",
            "6 pillar TRUE",
            "6 planned #N/A",
            "6 running 0.85 (%)",
        ]
    );
    let name = json!({"name": "regions/33.06/evaluations/2026"});
    let evaluation = call(&stack, "EvaluationService.GetEvaluation", name).await;
    assert_eq!(evaluation["tallies"][0]["planned"], 12);
}
