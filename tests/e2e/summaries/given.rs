//! What a world is made of: its names, instruments and cycles, and what is drawn of a region.

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use takar_domain::instrument::Scale;

/// The cycles, each but the first after the one before it.
pub(super) const CYCLES: [&str; 5] = ["2020", "2021", "2022", "2023", "2024"];
/// By which instruments they are scored.
pub(super) const SCORED_BY: [&str; 5] = ["lima", "lima", "tiga", "tiga", "dua"];
/// The cycle that lists its regions.
pub(super) const LISTING: &str = "2023";

pub(super) const PROVINCES: [&str; 4] = ["11", "12", "13", "14"];
pub(super) const REGIONS_OF_PROVINCE: usize = 9;
pub(super) const COHORTS: [&str; 5] = ["one", "few", "some", "many", "most"];

pub(super) fn instruments() -> Json {
    let part = |component: &str, weight: &str, derivation: &str| {
        json!({
            "component": format!("COMPONENT_{component}"), "weight": weight,
            "derivation": format!("DERIVATION_{derivation}"),
        })
    };
    let band = |label: &str, minimum: &str, maximum: &str| json!({"label": label, "minimum": minimum, "maximum": maximum});
    json!({
        "lima": {
            "displayName": "Lima", "source": "a test", "scale": {"minimum": "0", "maximum": "4"},
            "components": [
                part("BASELINE", "10", "DIRECT"), part("OUTPUT", "20", "DIRECT"),
                part("OUTCOME", "30", "DIRECT"), part("IMPACT", "20", "MEAN_OF_PILLARS"),
                part("QUICK_WIN", "20", "DIRECT"),
            ],
            "bands": [band("kurang", "0", "1.6"), band("cukup", "1.6", "2"), band("baik", "2", "4")],
            "thresholdPercent": "80", "percentDecimals": 2, "scoreDecimals": 2,
        },
        "tiga": {
            "displayName": "Tiga", "source": "a test", "scale": {"minimum": "1", "maximum": "5"},
            "components": [
                part("OUTPUT", "50", "DIRECT"), part("OUTCOME", "30", "POOLED_REALISATION"),
                part("IMPACT", "20", "MEAN_REALISATION"),
            ],
            "thresholdPercent": "66.67", "availabilityThresholdPercent": "50",
            "percentDecimals": 1, "scoreDecimals": 3,
        },
        "dua": {
            "displayName": "Dua", "source": "a test", "scale": {"minimum": "0.5", "maximum": "10"},
            "components": [part("OUTCOME", "37.5", "DIRECT"), part("IMPACT", "62.5", "MEAN_OF_PILLARS")],
            "aggregation": "AGGREGATION_HARMONIC",
            "thresholdPercent": "50", "percentDecimals": 0, "scoreDecimals": 6,
        },
    })
}

/// The scale of a cycle, in the instrument's words.
pub(super) fn scale(cycle: &str) -> Scale {
    let place = CYCLES.iter().position(|each| *each == cycle).expect("a cycle");
    let scale = &instruments()[SCORED_BY[place]]["scale"];
    let bound = |name: &str| scale[name].as_str().expect("a decimal").to_owned();
    Scale::parse(&bound("minimum"), &bound("maximum")).expect("a scale")
}

/// A score of 0 to 1 of its range in tenths, hundredths or finer, where many may be equal.
pub(super) fn part_of_scale() -> impl Strategy<Value = (u32, u32)> {
    prop_oneof![
        (0_u32..=10, Just(10_u32)),
        (0_u32..=400, Just(400_u32)),
        (0_u32..=100_000, Just(100_000_u32)),
    ]
}

pub(super) fn counts() -> impl Strategy<Value = (i32, i32)> {
    let planned = prop_oneof![1 => Just(0), 8 => 1_i32..=12, 1 => 9_000_i32..=10_000];
    planned.prop_flat_map(|planned| (0..=planned, Just(planned)))
}

pub(super) fn province_name(code: &str) -> String {
    format!("Provinsi {code}")
}

pub(super) fn cohort_name(id: &str) -> String {
    format!("Kelompok {id}")
}

/// The cohorts and provinces of which something is said; both empty for the nation.
pub(super) fn populations() -> impl Iterator<Item = (&'static str, &'static str)> {
    let cohorts = COHORTS.map(|id| (id, ""));
    let provinces = PROVINCES.map(|code| ("", code));
    [("", "")].into_iter().chain(cohorts).chain(provinces)
}
