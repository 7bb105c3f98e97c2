//! Summaries as files: the same statistics as the API's.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{
    correct_kebumen,
    file::{self, Row, as_of, summary},
};
use crate::{golden, stack::Stack};

/// A row's measure, pillar, component and statistic, with what stands there.
fn by_key(rows: Vec<Row>) -> BTreeMap<String, [String; 3]> {
    let entry = |row: Row| {
        let of = |column: &str| row[column].clone();
        let key = ["MEASURE", "PILLAR", "COMPONENT", "STATISTIC"].map(of).join(" ");
        (key, ["OBS_VALUE", "UNROUNDED_VALUE", "EXACT_VALUE"].map(of))
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
        let mut add = |statistic: &str, found: &Json| {
            shown.insert(format!("{measure} {part} {statistic}"), number(found));
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
    let pooled = number(&summary["pooledRealisation"]["percent"]);
    shown.insert("POOLED_REALISATION  POOLED".to_owned(), pooled);
    shown
}

#[tokio::test]
async fn an_exported_summary_has_the_statistics_of_the_api() {
    let stack = golden::published().await;
    let csv = by_key(file::rows_of_csv(&summary(&stack, "2022", "").await));
    let query = "format=EXPORT_FORMAT_SDMX_JSON";
    let sdmx = file::rows_of_sdmx(&summary(&stack, "2022", query).await);
    assert_eq!(by_key(sdmx).keys().collect::<Vec<_>>(), csv.keys().collect::<Vec<_>>());
    let is_part = |part: &&str| !["_T", "_Z"].contains(part);
    let numbers: BTreeMap<_, _> = csv
        .iter()
        .filter(|(key, _)| {
            !["COUNT", "THRESHOLD"].iter().any(|end| key.ends_with(end))
                || key.ends_with("SHARE_AT_OR_ABOVE_THRESHOLD")
        })
        .map(|(key, values)| {
            let words: Vec<_> = key.split(' ').collect();
            let parts: String = words[1..3].iter().copied().filter(is_part).collect();
            (format!("{} {parts} {}", words[0], words[3]), values.clone())
        })
        .collect();
    assert_eq!(numbers, shown(&stack).await);
    assert_eq!(csv["PILLAR_REALISATION BRANDING _Z COUNT"][0], "1");
    assert_eq!(csv["POOLED_REALISATION _T _Z POOLED"], ["92.16", "92.156863", "4700/51"]);
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
