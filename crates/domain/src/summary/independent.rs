//! 200 random populations against `independent_statistics.py`, which knows nothing of ours, digit by digit.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value as Json, json};

use super::*;
use crate::{
    population::testing::{instrument, region, survey},
    scorecard::UNROUNDED_DECIMALS,
    vocabulary::Pillar,
};

/// How many populations are tried.
const CASES: usize = 200;

/// The measures by which they are: each with its own range, decimals and threshold.
const MEASURES: [Measure; 4] = [
    Measure::Index,
    Measure::Improvement,
    Measure::PooledRealisation,
    Measure::PillarScore(Pillar::Living),
];

/// A region's value in whole parts of the range, and whether another instrument scored its improvement.
type Drawn = (Option<(u32, u32)>, bool);

struct Case {
    measure: Measure,
    regions: Vec<PublishedRegion>,
}

impl Case {
    fn new(measure: Measure, drawn: &[Drawn]) -> Self {
        let (lowest, highest) = measure.range(&instrument());
        let (lowest, span) = (Exact::from(lowest), Exact::from(highest - lowest));
        let value = |(part, whole): (u32, u32)| {
            let share = Exact::quotient(part.min(whole), whole).expect("parts of something");
            (lowest.clone() + &(span.clone() * &share)).to_string()
        };
        let regions = drawn.iter().enumerate().map(|(number, (part, is_break))| {
            let code = format!("{}.{:02}", 11 + number / 90, number % 90 + 1);
            let text = part.map(value).unwrap_or_default();
            let figures: &[_] = if part.is_some() { &[(measure, text.as_str())] } else { &[] };
            PublishedRegion { improvement_is_break: *is_break, ..region(&code, figures) }
        });
        Self { measure, regions: regions.collect() }
    }

    fn question(&self) -> Json {
        let regions = self.regions.iter().map(|region| {
            let value = region.figures.exact(self.measure).map(ToString::to_string);
            json!([region.region.code, value, region.improvement_is_break])
        });
        let (lowest, highest) = self.measure.range(&instrument());
        let edge = |tenths: u32| lowest + (highest - lowest) * Decimal::new(tenths.into(), 1);
        json!({
            "regions": regions.collect::<Vec<_>>(),
            "breaks_apart": self.measure == Measure::Improvement,
            "decimals": self.measure.decimals(&instrument()),
            "edges": (0..=10).map(|tenths| edge(tenths).to_string()).collect::<Vec<_>>(),
            "threshold": self.measure.is_realisation().then_some("80"),
        })
    }

    fn answer(&self) -> Json {
        let summary = Summary::of(&survey(self.regions.clone()));
        let found = summary.measures.into_iter().find(|found| found.measure == self.measure);
        answer(&found.expect("a measure of the instrument"))
    }
}

fn answer(found: &MeasureSummary) -> Json {
    let decimals = found.measure.decimals(&instrument());
    let shown = |exact: &Exact| {
        json!([
            exact.round(decimals).to_string(),
            exact.round(UNROUNDED_DECIMALS).to_string(),
            exact.to_string()
        ])
    };
    let mut answer = json!({
        "count": found.statistics.as_ref().map_or(0, |statistics| statistics.count),
        "nulls": found.nulls.values().sum::<usize>(),
        "breaks": found.break_count,
        "histogram": found.histogram.iter().map(|bin| bin.count).collect::<Vec<_>>(),
    });
    if let Some(threshold) = &found.threshold {
        let share = threshold.share.as_ref().map(ToString::to_string);
        answer["reached"] = json!([threshold.count, share]);
    }
    let Some(statistics) = &found.statistics else { return answer };
    let Statistics {
        count: _,
        mean,
        variance,
        minimum,
        lower_quartile,
        median,
        upper_quartile,
        maximum,
    } = statistics;
    let root =
        |decimals| variance.square_root(decimals).expect("no variance is negative").to_string();
    let extreme = |value, extreme: &Extreme| {
        let codes: Vec<_> = extreme.regions.iter().map(|region| &region.code).collect();
        json!([shown(value), codes, extreme.count])
    };
    answer["mean"] = shown(mean);
    answer["variance"] = variance.to_string().into();
    answer["deviation"] = json!([root(decimals), root(UNROUNDED_DECIMALS)]);
    answer["quartiles"] = [lower_quartile, median, upper_quartile].map(shown).to_vec().into();
    answer["minimum"] = extreme(minimum, &found.minimum);
    answer["maximum"] = extreme(maximum, &found.maximum);
    answer
}

/// Ties, tenths, hundredths, what programmes give, and what fits in no machine word together.
fn drawn() -> impl Strategy<Value = Drawn> {
    let part = prop_oneof![
        (0_u32..=10, Just(10_u32)),
        (0_u32..=400, Just(400_u32)),
        (0_u32..60, 1_u32..60),
        (any::<u32>(), 1..=u32::MAX),
    ];
    (prop::option::weighted(0.9, part), prop::bool::weighted(0.2))
}

fn ask(questions: &[Json]) -> Vec<Json> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/summary/independent_statistics.py");
    let mut python = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is there");
    let mut stdin = python.stdin.take().expect("a pipe");
    let questions = serde_json::to_vec(questions).expect("JSON");
    stdin.write_all(&questions).expect("python3 reads all before it answers");
    drop(stdin);
    let output = python.wait_with_output().expect("python3 ends");
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).expect("python3 answers in JSON")
}

#[test]
fn figures_equal_an_independent_computation_digit_by_digit() {
    // The same cases in each run, so that a failure stays.
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let mut cases = Vec::new();
    for number in 0..CASES {
        // From nobody to more than two provinces.
        let size = number % 40 * 3;
        let population = prop::collection::vec(drawn(), size..=size).new_tree(&mut runner);
        let population = population.expect("a population").current();
        cases.push(Case::new(MEASURES[number % MEASURES.len()], &population));
    }
    let questions: Vec<_> = cases.iter().map(Case::question).collect();
    let answers = ask(&questions);
    assert_eq!(answers.len(), CASES);
    for ((case, question), answer) in cases.iter().zip(&questions).zip(answers) {
        assert_eq!(case.answer(), answer, "{question}");
    }
}
