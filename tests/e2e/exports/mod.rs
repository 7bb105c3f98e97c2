//! Exports: the same figures as the API's, reproducible, bounded; and the catalogue of them.

mod bounds;
mod catalog;
mod file;
mod summary;

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use self::file::{Figure, as_of, export, figures};
use crate::{golden, stack::Stack};

/// The formats that a request can name, with what HTTP says of their files.
const FORMATS: [(&str, &str, &str); 5] = [
    ("CSV", "text/csv; charset=utf-8; header=present", "csv"),
    ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ("JSON_LINES", "application/x-ndjson", "jsonl"),
    ("SDMX_JSON", "application/vnd.sdmx.data+json; version=2.0.0", "sdmx.json"),
    ("SDMX_JSON_1", "application/vnd.sdmx.data+json; version=1.0.0-wd", "sdmx1.json"),
];

/// All figures of a scorecard as the API shows them, by measure, pillar and component.
async fn shown(stack: &Stack, region: &str) -> BTreeMap<String, Figure> {
    let scorecard =
        stack.rest.get(&format!("/v1/regions/{region}/scorecards/2022")).await.message();
    let bare = |word: &Json, prefix: &str| {
        let word = word.as_str().expect("a word");
        word.strip_prefix(prefix).expect("its prefix").to_owned()
    };
    let mut shown = BTreeMap::new();
    let mut add = |key: String, figure: &Json| {
        let text = |name: &str| figure[name].as_str().unwrap_or_default().to_owned();
        let status = match text("status").as_str() {
            "OBSERVATION_STATUS_NORMAL" => "A",
            "OBSERVATION_STATUS_NOT_COLLECTED" => "L",
            other => panic!("{other}"),
        };
        let reason = bare(&figure["nullReason"], "NULL_REASON_");
        let figure = Figure {
            value: text("value"),
            unrounded: text("unrounded"),
            exact: text("exact"),
            status: status.to_owned(),
            null_reason: if reason == "UNSPECIFIED" { String::new() } else { reason },
        };
        shown.insert(format!("{region} {key}"), figure);
    };
    add("INDEX _Z _T".to_owned(), &scorecard["index"]);
    add("IMPROVEMENT _Z _T".to_owned(), &scorecard["improvement"]);
    add("POOLED_REALISATION _T _Z".to_owned(), &scorecard["pooledRealisation"]);
    let mean = &scorecard["meanOfPillarsRealisation"];
    add("MEAN_OF_PILLARS_REALISATION _T _Z".to_owned(), mean);
    for pillar in scorecard["pillars"].as_array().expect("pillars") {
        let name = bare(&pillar["pillar"], "PILLAR_");
        add(format!("PILLAR_REALISATION {name} _Z"), &pillar["realisation"]);
        add(format!("PILLAR_SCORE {name} _Z"), &pillar["score"]);
    }
    for component in scorecard["components"].as_array().expect("components") {
        let name = bare(&component["component"], "COMPONENT_");
        add(format!("COMPONENT_SCORE _Z {name}"), &component["score"]);
    }
    shown
}

async fn correct_kebumen(stack: &Stack) {
    let name = "regions/33.05/evaluations/2022";
    let publication = json!({"source": "a test", "reason": "published once more"});
    let request = json!({"name": name, "publication": publication});
    stack.grpc.call("EvaluationService.PublishEvaluation", &request).await.message();
}

#[tokio::test]
async fn an_export_holds_every_figure_of_the_scorecards_in_every_format() {
    let stack = golden::published().await;
    let mut expected = shown(&stack, "33.05").await;
    expected.append(&mut shown(&stack, "35.71").await);
    assert_eq!(expected["33.05 PILLAR_REALISATION BRANDING _Z"].value, "85.71");
    assert_eq!(expected["35.71 INDEX _Z _T"].value, "3.31");
    for format in ["CSV", "JSON_LINES", "SDMX_JSON"] {
        let file = export(&stack, "2022", &format!("format=EXPORT_FORMAT_{format}")).await;
        assert_eq!(figures(format, &file.text()), expected, "{format}");
    }
}

#[tokio::test]
async fn a_file_says_what_it_is_and_how_it_came_about() {
    let stack = golden::published().await;
    for (format, media_type, extension) in FORMATS {
        let file = export(&stack, "2022", &format!("format=EXPORT_FORMAT_{format}")).await;
        assert_eq!(file.content_type, media_type);
        assert_eq!(file.disposition, file.name_over_grpc);
        let name = format!("takar-scorecards-2022.{extension}");
        assert_eq!(file.name_over_grpc, format!("attachment; filename=\"{name}\""), "{format}");
    }
    let csv = export(&stack, "2022", "").await.text();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let record = reader.records().last().unwrap().unwrap();
    let row: BTreeMap<_, _> = header.iter().zip(record.iter()).collect();
    for (column, value) in [
        ("STRUCTURE", "dataflow"),
        ("STRUCTURE_ID", "KOMDIGI:SCORECARDS(1.0.0)"),
        ("ACTION", "I"),
        ("REF_AREA", "35.71"),
        ("REF_AREA_NAME", "Kota Kediri"),
        ("CYCLE", "2022"),
        ("INSTRUMENT", "kominfo-2022"),
        ("REVISION", "1"),
        ("LETTER_NUMBER", "B-1003/DJAI/AI.01.04/12/2022"),
        ("SIMULATED", "false"),
        ("DECIMALS", "2"),
        ("UNIT_MEASURE", "SCORE"),
        ("MADE_BY", concat!("takar ", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(row[column], value, "{column}");
    }
    let scorecard = stack.rest.get("/v1/regions/35.71/scorecards/2022").await.message();
    let published = scorecard["publication"]["publishTime"].as_str().unwrap();
    let time = |text: &str| text.parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert_eq!(time(row["PUBLISH_TIME"]), time(published));
    assert!(time(row["AS_OF"]) > time(published));
}

#[tokio::test]
async fn every_file_says_its_cycle_instrument_revision_and_time() {
    let stack = golden::published().await;
    let time = as_of(&export(&stack, "2022", "").await.text());
    for (format, ..) in FORMATS {
        for layout in ["LONG", "WIDE"] {
            if layout == "WIDE" && format.starts_with("SDMX") {
                continue;
            }
            let query =
                format!("format=EXPORT_FORMAT_{format}&layout=EXPORT_LAYOUT_{layout}&asOf={time}");
            let file = export(&stack, "2022", &query).await;
            let [cycle, instrument, revision, as_of] = file::provenance(format, &file.bytes);
            let told = (cycle.as_str(), instrument.as_str(), revision.as_str(), as_of.as_str());
            assert_eq!(told, ("2022", "kominfo-2022", "1", time.as_str()), "{format} {layout}");
        }
    }
}

#[tokio::test]
async fn asked_for_again_as_of_its_time_a_file_has_the_same_bytes() {
    let stack = golden::published().await;
    let time = as_of(&export(&stack, "2022", "").await.text());
    let queries: Vec<_> = FORMATS
        .into_iter()
        .flat_map(|(format, ..)| ["LONG", "WIDE"].map(|layout| (format, layout)))
        .filter(|(format, layout)| *layout == "LONG" || !format.starts_with("SDMX"))
        .map(|(format, layout)| {
            format!("format=EXPORT_FORMAT_{format}&layout=EXPORT_LAYOUT_{layout}&asOf={time}")
        })
        .collect();
    let mut before = Vec::new();
    for query in &queries {
        before.push(export(&stack, "2022", query).await.bytes);
    }
    assert_eq!(before[0], export(&stack, "2022", &format!("asOf={time}")).await.bytes);

    correct_kebumen(&stack).await;
    for (query, before) in queries.iter().zip(&before) {
        assert!(export(&stack, "2022", query).await.bytes == *before, "{query}");
    }
    let now = export(&stack, "2022", "").await.text();
    assert!(now.contains(",2,") && as_of(&now) > time, "the second revision: {now}");
}

#[tokio::test]
async fn a_region_is_named_as_it_was_when_its_scorecard_was_published() {
    let stack = golden::published().await;
    let region = json!({"name": "regions/33.05", "displayName": "Kabupaten Kebumen Raya"});
    let request = json!({"region": region, "updateMask": "displayName"});
    stack.grpc.call("RegistryService.UpdateRegion", &request).await.message();
    let names = |csv: &str| csv.matches("Kabupaten Kebumen,").count();
    let renamed = export(&stack, "2022", "").await.text();
    assert!(names(&renamed) > 0 && !renamed.contains("Raya"), "{renamed}");
    correct_kebumen(&stack).await;
    let corrected = export(&stack, "2022", "").await.text();
    assert_eq!(names(&corrected), 0, "{corrected}");
}

#[tokio::test]
async fn a_population_is_exported_by_itself() {
    let stack = golden::published().await;
    let cohort =
        json!({"displayName": "One", "source": "a test", "members": [{"region": "regions/35.71"}]});
    let request = json!({"cohortId": "one", "cohort": cohort});
    stack.grpc.call("RegistryService.CreateCohort", &request).await.message();
    for (query, present, absent) in [
        ("province=regions/33", "33.05", "35.71"),
        ("province=regions/35", "35.71", "33.05"),
        ("cohort=cohorts/one", "35.71", "33.05"),
    ] {
        for format in ["CSV", "SDMX_JSON"] {
            let query = format!("{query}&format=EXPORT_FORMAT_{format}");
            let figures = figures(format, &export(&stack, "2022", &query).await.text());
            let of = |region: &str| figures.keys().filter(|key| key.starts_with(region)).count();
            assert!(of(present) > 0, "{query}");
            assert_eq!(of(absent), 0, "{query}");
        }
    }
}

#[tokio::test]
async fn a_wide_file_has_a_row_for_each_scorecard() {
    let stack = golden::published().await;
    let csv = export(&stack, "2022", "layout=EXPORT_LAYOUT_WIDE").await.text();
    insta::assert_snapshot!(file::without_times(&csv));
    for (format, rows) in [("CSV", 3), ("JSON_LINES", 2)] {
        let query = format!("layout=EXPORT_LAYOUT_WIDE&format=EXPORT_FORMAT_{format}");
        let text = export(&stack, "2022", &query).await.text();
        assert_eq!(text.lines().count(), rows, "{format}");
    }
}

#[tokio::test]
async fn the_forms_of_a_file_stay_as_they_are() {
    let stack = golden::published().await;
    let query = "province=regions/33";
    let csv = export(&stack, "2022", query).await.text();
    insta::assert_snapshot!("csv", file::without_times(&csv));
    let lines = export(&stack, "2022", &format!("{query}&format=EXPORT_FORMAT_JSON_LINES")).await;
    insta::assert_snapshot!("json_lines", file::without_times(&lines.text()));
    let sdmx = export(&stack, "2022", &format!("{query}&format=EXPORT_FORMAT_SDMX_JSON")).await;
    let mut sdmx: Json = serde_json::from_str(&file::without_times(&sdmx.text())).unwrap();
    let id = sdmx["meta"]["id"].as_str().unwrap();
    assert!(id.starts_with("SCORECARDS-2022-20"), "{id}");
    sdmx["meta"]["id"] = "[id]".into();
    insta::assert_json_snapshot!("sdmx_json", sdmx);
    let sdmx = export(&stack, "2022", &format!("{query}&format=EXPORT_FORMAT_SDMX_JSON_1")).await;
    let mut sdmx: Json = serde_json::from_str(&file::without_times(&sdmx.text())).unwrap();
    sdmx["header"]["id"] = "[id]".into();
    insta::assert_json_snapshot!("sdmx_json_1", sdmx);
}

#[tokio::test]
async fn simulated_figures_are_exported_only_where_they_are_named() {
    let stack = golden::published().await;
    file::simulate(&stack).await;
    let all = export(&stack, "-", "").await;
    assert_eq!(all.name_over_grpc, "attachment; filename=\"takar-scorecards-all.csv\"");
    assert!(!all.text().contains("simulation-1") && all.text().contains("35.71"));
    let simulated = export(&stack, "simulation-1", "").await.text();
    let rows: Vec<_> = simulated.lines().skip(1).collect();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.contains(",simulation-1,")));
    assert!(rows.iter().all(|row| row.contains(",true,")), "{simulated}");
    let sdmx = export(&stack, "simulation-1", "format=EXPORT_FORMAT_SDMX_JSON").await.text();
    let sdmx: Json = serde_json::from_str(&sdmx).unwrap();
    assert_eq!(sdmx["meta"]["test"], true);
}

#[tokio::test]
async fn a_cycle_of_which_nothing_is_published_is_an_empty_file() {
    let stack = golden::published().await;
    let cycle = json!({"displayName": "2023", "instrument": "instruments/kominfo-2022"});
    let request = json!({"cycleId": "2023", "cycle": cycle});
    stack.grpc.call("RegistryService.CreateCycle", &request).await.message();
    assert_eq!(export(&stack, "2023", "").await.text().lines().count(), 1);
    let lines = export(&stack, "2023", "format=EXPORT_FORMAT_JSON_LINES").await;
    assert_eq!(lines.text(), "");
    let sdmx = export(&stack, "2023", "format=EXPORT_FORMAT_SDMX_JSON").await.text();
    assert!(figures("SDMX_JSON", &sdmx).is_empty());
    assert!(!export(&stack, "2023", "format=EXPORT_FORMAT_XLSX").await.bytes.is_empty());
}
