//! The rules of the single calls, which hold for imports too.

use serde_json::{Value as Json, json};
use takar_proto::v1::import::{Kind, State};

use super::support::{asked, call, create_cycle, import, walk, with_regions};
use crate::{answer::redacted, stack::Stack};

const TALLIES: &str = "region,pillar,running,planned,not_due\n";
const REPORTS: &str = "region,program,status,reason,budget,realised_budget,quick_win\n";
const PROGRAMS: &str = "region,program,pillar,display_name,owner_agency,flagship,quick_win,first_year,last_year,budget\n";
const SCORES: &str = "region,pillar,component,score\n";

async fn evaluation(stack: &Stack, code: &str) -> Json {
    let name = format!("regions/{code}/evaluations/2026");
    call(stack, "EvaluationService.GetEvaluation", json!({"name": name})).await
}

#[tokio::test]
async fn what_is_imported_is_as_if_it_had_been_reported_and_scored_one_by_one() {
    let (imported, single) = (with_regions(1).await, with_regions(1).await);
    let programs = format!("{PROGRAMS}11.01,one,LIVING,One,,,,,,\n");
    let reports = format!("{REPORTS}11.01,one,STOPPED,no budget,1500000.50,0.00,\n");
    let tallies = format!("{TALLIES}11.01,SOCIETY,6,7,1\n");
    let scores = format!("{SCORES}11.01,SOCIETY,,3.60\n11.01,,OUTPUT,2.50\n");
    import(&imported, asked(Kind::Programs), &programs).await;
    import(&imported, asked(Kind::ProgramReports), &reports).await;
    import(&imported, asked(Kind::Tallies), &tallies).await;
    walk(&imported, "11.01", &["Submit", "Review"]).await;
    import(&imported, asked(Kind::Scores), &scores).await;

    let name = "regions/11.01/evaluations/2026";
    let program = json!({"pillar": "PILLAR_LIVING", "displayName": "One", "source": "a letter"});
    let report = json!({
        "program": "regions/11.01/programs/one", "status": "STATUS_STOPPED",
        "reason": "no budget", "budget": "1500000.50", "realisedBudget": "0.00",
    });
    let tally = json!({
        "pillar": "PILLAR_SOCIETY", "running": 6, "planned": 7, "notDue": 1, "source": "a letter",
    });
    for (rpc, request) in [
        (
            "RegistryService.CreateProgram",
            json!({"parent": "regions/11.01", "programId": "one", "program": program}),
        ),
        (
            "EvaluationService.CreateEvaluation",
            json!({"parent": "regions/11.01", "cycle": "cycles/2026"}),
        ),
        ("EvaluationService.ReportPrograms", json!({"name": name, "reports": [report]})),
        ("EvaluationService.ReportTallies", json!({"name": name, "tallies": [tally]})),
    ] {
        call(&single, rpc, request).await;
    }
    walk(&single, "11.01", &["Submit", "Review"]).await;
    let scores = json!({
        "name": name,
        "pillarScores": [{"pillar": "PILLAR_SOCIETY", "score": "3.60", "source": "a letter"}],
        "componentScores": [{"component": "COMPONENT_OUTPUT", "score": "2.50", "source": "a letter"}],
    });
    call(&single, "EvaluationService.ModerateEvaluation", scores).await;

    let both = [evaluation(&imported, "11.01").await, evaluation(&single, "11.01").await];
    let [one, other] = both.map(redacted);
    assert_eq!(one, other);
    let program = json!({"name": "regions/11.01/programs/one"});
    let get = |stack| call(stack, "RegistryService.GetProgram", program.clone());
    assert_eq!(get(&imported).await, get(&single).await, "their etags too");
}

#[tokio::test]
async fn an_evaluation_is_begun_where_the_single_call_would_begin_it() {
    let stack = with_regions(4).await;
    let eligible = json!({"eligibleRegions": ["regions/11.01", "regions/11.03"]});
    create_cycle(&stack, "some", eligible).await;
    create_cycle(&stack, "later", json!({"openTime": "2999-01-01T00:00:00Z"})).await;
    let request = json!({
        "sources": ["regions/11.03"], "into": "regions/11.04", "changeDate": "2026-01-01",
        "source": "a law",
    });
    call(&stack, "RegistryService.MergeRegions", request).await;
    let in_cycle = |cycle: &str| {
        let cycle = format!("cycles/{cycle}");
        takar_proto::v1::ImportRowsRequest { cycle, ..asked(Kind::Tallies) }
    };
    let rows = "11.01,LIVING,1,2,\n11.02,LIVING,1,2,\n11.03,LIVING,1,2,\n11,LIVING,1,2,\n";
    let refused = import(&stack, in_cycle("some"), &format!("{TALLIES}{rows}")).await;
    let said: Vec<_> = refused
        .import
        .errors
        .iter()
        .map(|error| format!("{} {}: {}", error.row, error.value, error.allowed))
        .collect();
    assert_eq!(
        said,
        [
            "3 11.02: a region that the cycle evaluates",
            "4 11.03: a region that has not ended by a merger",
            "5 11: a kabupaten or kota, not a province",
        ]
    );
    let refused = import(&stack, in_cycle("later"), &format!("{TALLIES}11.01,LIVING,1,2,\n")).await;
    assert!(refused.allowed().starts_with("a cycle that is open; "), "{}", refused.allowed());
}

#[tokio::test]
async fn a_pillar_is_counted_in_one_way() {
    let stack = with_regions(2).await;
    let programs = format!("{PROGRAMS}11.01,one,LIVING,One,,,,,,\n11.01,two,LIVING,Two,,,,,,\n");
    import(&stack, asked(Kind::Programs), &programs).await;
    let tallies = format!("{TALLIES}11.01,LIVING,1,2,\n11.02,LIVING,1,2,\n");
    import(&stack, asked(Kind::Tallies), &tallies).await;
    let reports = format!("{REPORTS}11.01,one,RUNNING,,,,\n11.01,two,RUNNING,,,,\n");
    let refused = import(&stack, asked(Kind::ProgramReports), &reports).await;
    assert_eq!(refused.errors(), ["2 program living"]);
    assert_eq!(refused.allowed(), "no report, as the living pillar is counted from a tally");

    let stack = with_regions(1).await;
    import(&stack, asked(Kind::Programs), &programs).await;
    assert_eq!(import(&stack, asked(Kind::ProgramReports), &reports).await.rows(), [2, 0, 0]);
    let refused =
        import(&stack, asked(Kind::Tallies), &format!("{TALLIES}11.01,LIVING,1,2,\n")).await;
    assert_eq!(refused.errors(), ["2 pillar living"]);
    assert_eq!(refused.allowed(), "no tally, as the living pillar is counted from programmes");
}

#[tokio::test]
async fn a_programme_is_a_quick_win_as_often_as_the_instrument_allows() {
    let stack = with_regions(1).await;
    create_cycle(&stack, "2027", json!({})).await;
    let programs = format!("{PROGRAMS}11.01,one,LIVING,One,,,,,,\n11.01,two,LIVING,Two,,,,,,\n");
    import(&stack, asked(Kind::Programs), &programs).await;
    let first = format!("{REPORTS}11.01,one,RUNNING,,,,TRUE\n");
    assert_eq!(import(&stack, asked(Kind::ProgramReports), &first).await.rows(), [1, 0, 0]);
    let in_2027 = takar_proto::v1::ImportRowsRequest {
        cycle: "cycles/2027".to_owned(),
        ..asked(Kind::ProgramReports)
    };
    let second = format!("{REPORTS}11.01,two,RUNNING,,,,TRUE\n11.01,one,RUNNING,,,,TRUE\n");
    let refused = import(&stack, in_2027, &second).await;
    assert_eq!(refused.errors(), ["3 quick_win TRUE"]);
    assert!(refused.allowed().contains("one would be in 2026, 2027"), "{}", refused.allowed());
}

#[tokio::test]
async fn a_row_comes_once_by_whatever_code_its_region_is_named() {
    let stack = with_regions(1).await;
    let request = json!({
        "name": "regions/11.01", "newCode": "11.20", "source": "a law",
    });
    call(&stack, "RegistryService.RecodeRegion", request).await;
    let twice = format!("{TALLIES}11.01,LIVING,1,2,\n11.20,LIVING,1,2,\n");
    let refused = import(&stack, asked(Kind::Tallies), &twice).await;
    assert_eq!(refused.errors(), ["3 pillar living"]);
    assert_eq!(refused.allowed(), "each once; row 2 has it too");
    let former = format!("{TALLIES}11.01,LIVING,1,2,\n");
    assert_eq!(import(&stack, asked(Kind::Tallies), &former).await.rows(), [1, 0, 0]);
    assert_eq!(evaluation(&stack, "11.20").await["tallies"][0]["running"], 1);
}

#[tokio::test]
async fn what_is_final_stays_and_what_is_published_is_corrected() {
    let stack = with_regions(1).await;
    let tallies = |running: i32| format!("{TALLIES}11.01,LIVING,{running},2,\n");
    let scores = |score: &str| format!("{SCORES}11.01,LIVING,,{score}\n11.01,,OUTPUT,2\n");
    import(&stack, asked(Kind::Tallies), &tallies(1)).await;
    walk(&stack, "11.01", &["Submit", "Review"]).await;
    import(&stack, asked(Kind::Scores), &scores("3")).await;
    walk(&stack, "11.01", &["Conclude", "Finalize"]).await;
    for (kind, file) in [(Kind::Tallies, tallies(2)), (Kind::Scores, scores("4"))] {
        let refused = import(&stack, asked(kind), &file).await;
        assert_eq!(
            (refused.import.state(), refused.errors()),
            (State::Refused, vec!["2 region 11.01".to_owned()])
        );
    }
    let publish = json!({
        "name": "regions/11.01/evaluations/2026", "publication": {"source": "a letter"},
    });
    call(&stack, "EvaluationService.PublishEvaluation", publish).await;
    // The second file was refused; now it is a correction, which is published as another revision.
    let corrected = import(&stack, asked(Kind::Scores), &scores("4")).await;
    assert_eq!((corrected.import.state(), corrected.rows()), (State::Succeeded, [0, 1, 1]));
}
