//! The real results of 2022, over gRPC and REST, exactly as they were published.

use serde_json::{Value as Json, json};
use takar_server::Limits;

use crate::{answer::redacted, stack::Stack};

/// Kabupaten Kebumen, news of the ministry's evaluation of 6 October 2022.
const KEBUMEN_SOURCE: &str = "ppid.kebumenkab.go.id, berita 7015";

/// Kebumen's programmes running and planned, and the percents, as that news states them.
const KEBUMEN: [(&str, i32, i32, &str); 6] = [
    ("GOVERNANCE", 9, 9, "100.00"),
    ("LIVING", 9, 10, "90.00"),
    ("BRANDING", 6, 7, "85.71"),
    ("SOCIETY", 9, 9, "100.00"),
    ("ECONOMY", 10, 12, "83.33"),
    ("ENVIRONMENT", 4, 4, "100.00"),
];

/// Kota Kediri, result of the 2022 evaluation.
const KEDIRI_SOURCE: &str = "bangsaonline.com 113379";
/// The ministry's letter that states it.
const KEDIRI_LETTER: (&str, &str) = ("B-1003/DJAI/AI.01.04/12/2022", "2022-12-05");
/// The pillars' scores as the letter states them.
const KEDIRI_PILLARS: [(&str, &str); 6] = [
    ("GOVERNANCE", "2.75"),
    ("BRANDING", "2.75"),
    ("ECONOMY", "3.5"),
    ("SOCIETY", "3.33"),
    ("LIVING", "3.33"),
    ("ENVIRONMENT", "2.75"),
];
/// The components' scores as the letter states them; impact follows from the pillars.
const KEDIRI_COMPONENTS: [(&str, &str); 4] =
    [("BASELINE", "3.60"), ("OUTPUT", "3.21"), ("OUTCOME", "3.23"), ("QUICK_WIN", "3.65")];
/// The impact as the letter shows it, rounded.
const KEDIRI_IMPACT: &str = "3.07";
/// The index as the letter states it.
const KEDIRI_INDEX: &str = "3.31";

/// The weights as the letter states them.
const WEIGHTS: [(&str, &str); 5] = [
    ("BASELINE", "10"),
    ("OUTPUT", "20"),
    ("OUTCOME", "30"),
    ("IMPACT", "20"),
    ("QUICK_WIN", "20"),
];

/// A stack with both regions and the cycle 2022, where impact comes about by `derivation`.
async fn stack(derivation: &str) -> Stack {
    filled(Stack::start().await, derivation).await
}

async fn filled(stack: Stack, derivation: &str) -> Stack {
    let region = |id: &str, kind: &str, display_name: &str| {
        let kind = format!("KIND_{kind}");
        json!({"regionId": id, "region": {"kind": kind, "displayName": display_name}})
    };
    let regions = json!({"requests": [
        region("33", "PROVINCE", "Jawa Tengah"),
        region("33.05", "KABUPATEN", "Kabupaten Kebumen"),
        region("35", "PROVINCE", "Jawa Timur"),
        region("35.71", "KOTA", "Kota Kediri"),
    ]});
    call(&stack, "RegistryService.BatchCreateRegions", regions).await;
    let components = WEIGHTS.map(|(component, weight)| {
        let derivation = if component == "IMPACT" { derivation } else { "DIRECT" };
        json!({
            "component": format!("COMPONENT_{component}"),
            "weight": weight,
            "derivation": format!("DERIVATION_{derivation}"),
        })
    });
    let instrument = json!({"instrumentId": "kominfo-2022", "instrument": {
        "displayName": "Evaluasi Gerakan Menuju Smart City 2022",
        "source": KEDIRI_SOURCE,
        "scale": {"minimum": "0", "maximum": "4"},
        "components": components,
        "thresholdPercent": "80",
        "percentDecimals": 2,
        "scoreDecimals": 2,
    }});
    call(&stack, "RegistryService.CreateInstrument", instrument).await;
    let cycle = json!({"displayName": "2022", "instrument": "instruments/kominfo-2022"});
    let cycle = json!({"cycleId": "2022", "cycle": cycle});
    call(&stack, "RegistryService.CreateCycle", cycle).await;
    for region in ["33.05", "35.71"] {
        let evaluation = json!({"parent": format!("regions/{region}"), "cycle": "cycles/2022"});
        call(&stack, "EvaluationService.CreateEvaluation", evaluation).await;
    }
    stack
}

async fn call(stack: &Stack, rpc: &str, request: Json) -> Json {
    stack.grpc.call(rpc, &request).await.message()
}

/// The scorecard of a region, after looking that gRPC and REST give the same one.
async fn scorecard(stack: &Stack, region: &str) -> Json {
    let name = format!("regions/{region}/scorecards/2022");
    let over_rest = stack.rest.get(&format!("/v1/{name}")).await.message();
    let over_grpc = call(stack, "EvaluationService.GetScorecard", json!({"name": name})).await;
    assert_eq!(over_grpc, over_rest);
    over_rest
}

/// Takes an evaluation through steps that ask for nothing.
async fn walk(stack: &Stack, name: &str, steps: &[&str]) {
    for step in steps {
        let rpc = format!("EvaluationService.{step}Evaluation");
        call(stack, &rpc, json!({"name": name})).await;
    }
}

async fn publish_kebumen(stack: &Stack) {
    let name = "regions/33.05/evaluations/2022";
    let tallies = KEBUMEN.map(|(pillar, running, planned, _)| {
        let pillar = format!("PILLAR_{pillar}");
        json!({"pillar": pillar, "running": running, "planned": planned, "source": KEBUMEN_SOURCE})
    });
    let report = json!({"name": name, "tallies": tallies});
    call(stack, "EvaluationService.ReportTallies", report).await;
    walk(stack, name, &["Submit", "Review", "Conclude", "Finalize"]).await;
    let figures = KEBUMEN.map(|(pillar, _, _, percent)| {
        let pillar = format!("PILLAR_{pillar}");
        json!({"measure": "MEASURE_PILLAR_REALISATION", "pillar": pillar, "value": percent})
    });
    let publication = json!({
        "name": name,
        "publication": {"source": KEBUMEN_SOURCE},
        "publishedFigures": figures,
    });
    call(stack, "EvaluationService.PublishEvaluation", publication).await;
}

/// Scores Kediri, with `more` beside the components that the letter states, and publishes it.
async fn publish_kediri(stack: &Stack, more: &[(&str, &str)]) {
    let name = "regions/35.71/evaluations/2022";
    let pillars = KEDIRI_PILLARS.map(|(pillar, score)| {
        json!({"pillar": format!("PILLAR_{pillar}"), "score": score, "source": KEDIRI_SOURCE})
    });
    let components = KEDIRI_COMPONENTS.iter().chain(more).map(|(component, score)| {
        let component = format!("COMPONENT_{component}");
        json!({"component": component, "score": score, "source": KEDIRI_SOURCE})
    });
    let scores = json!({
        "name": name,
        "pillarScores": pillars,
        "componentScores": components.collect::<Vec<_>>(),
    });
    walk(stack, name, &["Submit", "Review"]).await;
    call(stack, "EvaluationService.ModerateEvaluation", scores).await;
    walk(stack, name, &["Conclude", "Finalize"]).await;
    let (letter_number, letter_date) = KEDIRI_LETTER;
    let publication = json!({
        "name": name,
        "publication": {
            "letterNumber": letter_number,
            "letterDate": letter_date,
            "source": KEDIRI_SOURCE,
        },
        "publishedFigures": [
            {"measure": "MEASURE_INDEX", "value": KEDIRI_INDEX},
            {
                "measure": "MEASURE_COMPONENT_SCORE",
                "component": "COMPONENT_IMPACT",
                "value": KEDIRI_IMPACT,
            },
            // Of another cycle, and of other regions: nothing here can be set beside them.
            {"measure": "MEASURE_PREVIOUS_INDEX", "value": "3.06"},
            {"measure": "MEASURE_IMPROVEMENT", "value": "0.25"},
            {"measure": "MEASURE_NATIONAL_RANK", "value": "22"},
            {"measure": "MEASURE_PROVINCE_RANK", "value": "4"},
        ],
    });
    call(stack, "EvaluationService.PublishEvaluation", publication).await;
}

/// A stack with both results published.
pub(crate) async fn published() -> Stack {
    published_with(Limits::default()).await
}

/// As [`published`], with limits of the server's.
pub(crate) async fn published_with(limits: Limits) -> Stack {
    let stack = filled(Stack::with_limits(limits).await, "MEAN_OF_PILLARS").await;
    publish_kebumen(&stack).await;
    publish_kediri(&stack, &[]).await;
    stack
}

/// The member of a list that has this value.
fn member<'a>(list: &'a Json, key: &str, value: &str) -> &'a Json {
    let mut members = list.as_array().expect("a list").iter();
    members.find(|member| member[key] == value).unwrap_or_else(|| panic!("no {value} in {list}"))
}

#[tokio::test]
async fn kebumen_2022_comes_out_as_published() {
    let stack = stack("MEAN_OF_PILLARS").await;
    publish_kebumen(&stack).await;
    let scorecard = scorecard(&stack, "33.05").await;
    for (name, running, planned, percent) in KEBUMEN {
        let pillar = member(&scorecard["pillars"], "pillar", &format!("PILLAR_{name}"));
        assert_eq!(pillar["running"], running, "{name}");
        assert_eq!(pillar["planned"], planned, "{name}");
        assert_eq!(pillar["realisation"]["value"], percent, "{name}");
        assert_eq!(pillar["atOrAboveThreshold"], true, "{name}");
    }
    let pooled = &scorecard["pooledRealisation"];
    assert_eq!((&pooled["value"], &pooled["method"]), (&json!("92.16"), &json!("METHOD_POOLED")));
    // 47 of 51.
    assert_eq!(pooled["exact"], "4700/51");
    assert_eq!(pooled["formula"], "100 x (9 + 6 + 10 + 9 + 9 + 4) / (9 + 7 + 12 + 10 + 9 + 4)");
    let mean = &scorecard["meanOfPillarsRealisation"];
    assert_eq!(
        (&mean["value"], &mean["method"]),
        (&json!("93.17"), &json!("METHOD_MEAN_OF_PILLARS"))
    );
    assert_eq!(scorecard["thresholdPercent"], "80");
    assert_eq!(scorecard["allPillarsAtOrAboveThreshold"], true);
    for figure in scorecard["publishedFigures"].as_array().expect("a list") {
        assert_eq!(figure["difference"], "0.00", "{figure}");
    }
    insta::assert_json_snapshot!(redacted(scorecard));
}

#[tokio::test]
async fn kediri_2022_comes_out_as_published_beside_its_letter() {
    let stack = stack("MEAN_OF_PILLARS").await;
    publish_kediri(&stack, &[]).await;
    let scorecard = scorecard(&stack, "35.71").await;
    let impact = member(&scorecard["components"], "component", "COMPONENT_IMPACT");
    assert_eq!(impact["score"]["value"], KEDIRI_IMPACT);
    assert_eq!(impact["score"]["exact"], "1841/600");
    let index = &scorecard["index"];
    assert_eq!(index["value"], KEDIRI_INDEX);
    assert_eq!(index["unrounded"], "3.314667");
    assert_eq!(index["exact"], "1243/375");
    let figures = &scorecard["publishedFigures"];
    let stated = member(figures, "measure", "MEASURE_INDEX");
    assert_eq!(stated["value"], KEDIRI_INDEX);
    assert_eq!(stated["recomputed"], KEDIRI_INDEX);
    assert_eq!(stated["difference"], "0.00");
    assert_eq!(member(figures, "measure", "MEASURE_NATIONAL_RANK")["recomputed"], Json::Null);
    insta::assert_json_snapshot!(redacted(scorecard));
}

#[tokio::test]
async fn kediri_2022_does_not_come_out_from_the_rounded_impact() {
    let stack = stack("DIRECT").await;
    publish_kediri(&stack, &[("IMPACT", KEDIRI_IMPACT)]).await;
    let scorecard = scorecard(&stack, "35.71").await;
    let index = &scorecard["index"];
    assert_eq!(index["unrounded"], "3.315000");
    assert_eq!(index["value"], "3.32");
    let stated = member(&scorecard["publishedFigures"], "measure", "MEASURE_INDEX");
    assert_eq!(stated["recomputed"], "3.32");
    assert_eq!(stated["difference"], "0.01");
}
