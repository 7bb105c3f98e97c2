//! Summaries as files: the same statistics as the API's.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{
    correct_kebumen,
    file::{self, Row, as_of, summary},
};
use crate::{golden, stack::Stack};

/// A row's measure, pillar, component and statistic, with what stands there: a number in three forms,
/// or a count with what it is of.
fn by_key(rows: Vec<Row>) -> BTreeMap<String, [String; 3]> {
    let is_part = |part: &&str| !["_T", "_Z"].contains(part);
    let entry = |row: Row| {
        let of = |column: &str| row[column].clone();
        let part: String =
            [&*row["PILLAR"], &*row["COMPONENT"]].into_iter().filter(is_part).collect();
        let key = format!("{} {part} {}", row["MEASURE"], row["STATISTIC"]);
        let values = if row["UNIT_MEASURE"] == "NUMBER" {
            ["OBS_VALUE", "LABEL", "LOWER_BOUND"].map(of)
        } else {
            ["OBS_VALUE", "UNROUNDED_VALUE", "EXACT_VALUE"].map(of)
        };
        (key, values)
    };
    rows.into_iter().map(entry).collect()
}

fn word(value: &Json, prefix: &str) -> String {
    let word = value.as_str().expect("a word").strip_prefix(prefix).expect("its prefix");
    if word == "UNSPECIFIED" { String::new() } else { word.to_owned() }
}

/// The numbers of the API's summary, by the measure's word, pillar or component, and statistic.
async fn shown(stack: &Stack) -> BTreeMap<String, [String; 3]> {
    let summary = stack.rest.get("/v1/cycles/2022/summary").await.message();
    let number = |number: &Json| {
        ["value", "unrounded", "exact"].map(|name| number[name].as_str().unwrap_or("").to_owned())
    };
    let mut shown = BTreeMap::new();
    for found in summary["measures"].as_array().expect("measures") {
        let measure = word(&found["measure"], "MEASURE_");
        let part = word(&found["pillar"], "PILLAR_") + &word(&found["component"], "COMPONENT_");
        let key = |statistic: &str| format!("{measure} {part} {statistic}");
        let count = |found: &Json, label: &str, lower: &str| {
            [found.to_string(), label.to_owned(), lower.to_owned()]
        };
        shown.insert(key("COUNT"), count(&found["count"], "", ""));
        if measure == "IMPROVEMENT" {
            shown.insert(key("BREAK_COUNT"), count(&found["breakCount"], "", ""));
        }
        for null in found["nulls"].as_array().expect("a list") {
            let reason = word(&null["reason"], "NULL_REASON_");
            shown.insert(key(&format!("NULL_{reason}")), count(&null["count"], "", ""));
        }
        for (bin, place) in found["histogram"].as_array().expect("a list").iter().zip(1..) {
            let lower = bin["lower"].as_str().unwrap();
            shown.insert(key(&format!("BIN_{place}")), count(&bin["count"], "", lower));
        }
        for (band, place) in found["bands"].as_array().expect("a list").iter().zip(1..) {
            let label = band["label"].as_str().unwrap();
            let lower = if label == BANDS[0] { "0" } else { "2.5" };
            shown.insert(key(&format!("BAND_{place}")), count(&band["count"], label, lower));
        }
        if let Some(threshold) = found["threshold"].as_object() {
            let percent = threshold["thresholdPercent"].as_str().unwrap();
            let forms = [format!("{percent}.00"), format!("{percent}.000000"), percent.to_owned()];
            shown.insert(key("THRESHOLD"), forms);
            let reached = count(&threshold["count"], "", "");
            shown.insert(key("AT_OR_ABOVE_THRESHOLD"), reached);
        }
        let mut add = |statistic: &str, found: &Json| {
            shown.insert(key(statistic), number(found));
        };
        add("MEAN", &found["mean"]);
        add("STANDARD_DEVIATION", &found["standardDeviation"]);
        add("VARIANCE", &found["variance"]);
        add("MINIMUM", &found["minimum"]["value"]);
        add("LOWER_QUARTILE", &found["lowerQuartile"]);
        add("MEDIAN", &found["median"]);
        add("UPPER_QUARTILE", &found["upperQuartile"]);
        add("MAXIMUM", &found["maximum"]["value"]);
        if let Some(threshold) = found["threshold"].as_object() {
            add("SHARE_AT_OR_ABOVE_THRESHOLD", &threshold["sharePercent"]);
        }
    }
    let pooled = &summary["pooledRealisation"];
    shown.insert("POOLED_REALISATION  POOLED".to_owned(), number(&pooled["percent"]));
    for (statistic, name) in [
        ("RUNNING", "running"),
        ("PLANNED", "planned"),
        ("COMPLETE_COUNT", "completeCount"),
        ("PARTIAL_COUNT", "partialCount"),
        ("UNREPORTED_COUNT", "unreportedCount"),
    ] {
        // 64 bits are a string in JSON.
        let count = pooled[name].to_string().replace('"', "");
        let key = format!("POOLED_REALISATION  {statistic}");
        shown.insert(key, [count, String::new(), String::new()]);
    }
    shown
}

/// The labels of the bands that a test gives the instrument.
const BANDS: [&str; 2] = ["Kurang", "Baik"];

/// Gives the instrument bands, which it can't be given once a cycle uses it.
async fn add_bands(stack: &Stack) {
    sqlx::raw_sql(
        "set session_replication_role = replica;
         insert into instrument_band (instrument_id, position, label, minimum, maximum)
         values ('kominfo-2022', 1, 'Kurang', 0, 2.5), ('kominfo-2022', 2, 'Baik', 2.5, 4)",
    )
    .execute(&mut stack.connection().await)
    .await
    .expect("bands");
}

#[tokio::test]
async fn an_exported_summary_has_all_figures_of_the_api() {
    let stack = golden::published().await;
    add_bands(&stack).await;
    let csv = by_key(file::rows_of_csv(&summary(&stack, "2022", "").await));
    assert_eq!(csv, shown(&stack).await);
    assert_eq!(csv["PILLAR_REALISATION BRANDING COUNT"][0], "1");
    assert_eq!(csv["POOLED_REALISATION  POOLED"], ["92.16", "92.156863", "4700/51"]);
    assert_eq!(csv["POOLED_REALISATION  RUNNING"][0], "47");
    assert_eq!(csv["INDEX  BAND_2"], ["1", "Baik", "2.5"]);
    assert_eq!(csv["INDEX  NULL_INPUT_MISSING"][0], "1");
    assert_eq!(csv["PILLAR_REALISATION BRANDING BIN_9"], ["1", "", "80"]);

    let of = async |format: &str| {
        summary(&stack, "2022", &format!("format=EXPORT_FORMAT_{format}")).await
    };
    let values = |rows: &[Row]| -> BTreeMap<[String; 4], Option<f64>> {
        let key = ["MEASURE", "PILLAR", "COMPONENT", "STATISTIC"];
        let value = |row: &Row| row["OBS_VALUE"].parse().ok();
        rows.iter().map(|row| (key.map(|column| row[column].clone()), value(row))).collect()
    };
    let expected = values(&file::rows_of_csv(&summary(&stack, "2022", "").await));
    assert_eq!(values(&file::rows_of_lines(&of("JSON_LINES").await)), expected);
    assert_eq!(values(&file::rows_of_sdmx(&of("SDMX_JSON").await)), expected);
    assert_eq!(values(&file::rows_of_sdmx_1(&of("SDMX_JSON_1").await)), expected);
}

#[tokio::test]
async fn a_summary_says_of_whom_it_is_and_is_the_same_as_of_its_time() {
    let stack = golden::published().await;
    let nation = summary(&stack, "2022", "").await;
    let row = &file::rows_of_csv(&nation)[0];
    for (column, value) in [
        ("STRUCTURE_ID", "KOMDIGI:SUMMARY(1.0.0)"),
        ("POPULATION", "_T"),
        ("EXPECTED_COUNT", "2"),
        ("PRESENT_COUNT", "2"),
        ("INSTRUMENT", "kominfo-2022"),
    ] {
        assert_eq!(row[column], value, "{column}");
    }
    let province = summary(&stack, "2022", "province=regions/33").await;
    let row = &file::rows_of_csv(&province)[0];
    assert_eq!((row["POPULATION"].as_str(), row["EXPECTED_COUNT"].as_str()), ("33", "1"));

    let query = format!("asOf={}", as_of(&nation));
    correct_kebumen(&stack).await;
    assert_eq!(summary(&stack, "2022", &query).await, nation);
}
