use proptest::prelude::*;

use super::*;
use crate::{
    population::{
        KeptFigures,
        testing::{instrument, region, survey},
    },
    tally::Ratio,
    vocabulary::{Component, Pillar},
};

fn of(measure: Measure, regions: Vec<PublishedRegion>) -> MeasureSummary {
    let summary = Summary::of(&survey(regions));
    summary.measures.into_iter().find(|found| found.measure == measure).expect("a measure")
}

fn codes(extreme: &Extreme) -> Vec<&str> {
    extreme.regions.iter().map(|region| region.code.as_str()).collect()
}

fn counts(bins: &[Bin]) -> Vec<usize> {
    bins.iter().map(|bin| bin.count).collect()
}

#[test]
fn every_measure_of_the_instrument_is_summarised_and_no_other() {
    let summary = Summary::of(&survey(Vec::new()));
    let components: Vec<_> = summary
        .measures
        .iter()
        .filter_map(|found| match found.measure {
            Measure::ComponentScore(component) => Some(component),
            _ => None,
        })
        .collect();
    assert_eq!(components, [Component::Output, Component::Outcome]);
    assert_eq!(summary.measures.len(), Measure::KEPT.len() - 3);
    let index = &summary.measures[0];
    assert_eq!((index.measure, &index.statistics), (Measure::Index, &None));
    assert_eq!((&index.minimum, index.break_count), (&Extreme::default(), 0));
    assert_eq!(index.bands, [("low".to_owned(), 0), ("high".to_owned(), 0)]);
}

#[test]
fn a_missing_value_is_counted_by_its_reason_and_never_as_0() {
    let mut unplanned = region("33.03", &[]);
    unplanned.figures =
        KeptFigures::new(vec![KeptFigure::Null(NullReason::NothingPlanned); 21]).unwrap();
    let regions = vec![region("33.01", &[(Measure::Index, "3")]), region("33.02", &[]), unplanned];
    let index = of(Measure::Index, regions);
    assert_eq!(index.statistics.unwrap().minimum, Exact::from(3));
    let nulls = [(NullReason::NothingPlanned, 1), (NullReason::NotScored, 1)];
    assert_eq!(index.nulls, BTreeMap::from(nulls));
}

#[test]
fn an_improvement_over_another_instrument_is_counted_apart() {
    let improved = |code, text| region(code, &[(Measure::Improvement, text)]);
    let mut apart = improved("33.02", "-3");
    apart.improvement_is_break = true;
    let regions = vec![improved("33.01", "1/2"), apart, improved("33.03", "-1/4")];
    let improvement = of(Measure::Improvement, regions);
    let statistics = improvement.statistics.unwrap();
    assert_eq!((statistics.count, improvement.break_count), (2, 1));
    assert_eq!(statistics.minimum.to_string(), "-1/4");
    assert_eq!(counts(&improvement.histogram), [0, 0, 0, 0, 1, 1, 0, 0, 0, 0]);
    let edges = improvement.histogram.iter().map(|bin| bin.lower.to_string());
    assert_eq!(edges.collect::<Vec<_>>()[3..6], ["-1.6", "-0.8", "0"]);
}

#[test]
fn a_bin_and_a_band_begin_with_their_lower_edge_and_the_last_is_closed() {
    let values = ["0", "39/100", "2/5", "2", "199/100", "18/5", "4"];
    let regions = values
        .iter()
        .zip(10..)
        .map(|(text, number)| region(&format!("33.{number}"), &[(Measure::Index, text)]));
    let index = of(Measure::Index, regions.collect());
    assert_eq!(counts(&index.histogram), [2, 1, 0, 0, 1, 1, 0, 0, 0, 2]);
    let last = index.histogram.last().unwrap();
    assert_eq!(
        (last.lower.to_string(), last.upper.to_string()),
        ("3.6".to_owned(), "4".to_owned())
    );
    assert_eq!(index.bands, [("low".to_owned(), 4), ("high".to_owned(), 3)]);
    assert_eq!(index.threshold, None);
}

#[test]
fn a_realisation_is_counted_where_it_reaches_the_threshold_exactly() {
    let measure = Measure::PooledRealisation;
    let regions = ["80", "7999999/100000", "100"].iter().zip(10..);
    let regions = regions.map(|(text, number)| region(&format!("33.{number}"), &[(measure, text)]));
    let pooled = of(measure, regions.collect());
    let threshold = pooled.threshold.unwrap();
    assert_eq!((threshold.threshold.to_string().as_str(), threshold.count), ("80", 2));
    assert_eq!(threshold.share, Exact::quotient(200, 3));
    assert_eq!(counts(&pooled.histogram), [0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
    assert_eq!(of(measure, Vec::new()).threshold.unwrap().share, None);
}

#[test]
fn all_who_share_the_least_or_the_greatest_value_are_counted_and_some_are_named() {
    let regions = (0..EXTREME_REGIONS_MAX + 2).map(|number| {
        let value = if number == 5 { "10/3" } else { "20/6" };
        region(&format!("33.{:02}", number + 1), &[(Measure::Index, value)])
    });
    let index = of(Measure::Index, regions.collect());
    assert_eq!(index.minimum, index.maximum);
    assert_eq!((index.minimum.count, index.minimum.regions.len()), (12, EXTREME_REGIONS_MAX));
    assert_eq!(codes(&index.minimum)[..2], ["33.01", "33.02"]);

    let apart = [("33.01", "3"), ("33.02", "1"), ("33.03", "2"), ("33.04", "1")];
    let regions = apart.iter().map(|(code, text)| region(code, &[(Measure::Index, text)]));
    let index = of(Measure::Index, regions.collect());
    assert_eq!(
        (codes(&index.minimum), codes(&index.maximum)),
        (vec!["33.02", "33.04"], vec!["33.01"])
    );
}

#[test]
fn the_populations_own_realisation_is_of_all_programmes_that_were_reported() {
    let with = |code, ratios: [Option<(i32, i32)>; 6]| PublishedRegion {
        ratios: ratios
            .map(|ratio| ratio.map(|(running, planned)| Ratio::new(running, planned).unwrap())),
        ..region(code, &[])
    };
    let regions = vec![
        with("33.01", [Some((1, 2)); 6]),
        with("33.02", [Some((3, 4)), None, Some((0, 0)), None, None, None]),
        with("33.03", [None; 6]),
    ];
    let PooledRealisation { running, planned, complete_count, partial_count, unreported_count } =
        PooledRealisation::of(&regions);
    assert_eq!((running, planned), (9, 16));
    assert_eq!((complete_count, partial_count, unreported_count), (1, 1, 1));
    assert_eq!(PooledRealisation::of(&regions).percent(), Exact::quotient(225, 4));
    assert_eq!(PooledRealisation::default().percent(), None);
    assert_eq!(Pillar::ALL.len(), 6);
}

proptest! {
    #[test]
    fn every_region_is_counted_once(
        values in prop::collection::vec(prop::option::of((0_i64..=400, any::<bool>())), 0..30),
    ) {
        let regions: Vec<_> = values.iter().zip(10..).map(|(value, number)| {
            let code = format!("33.{number}");
            let Some((hundredths, is_break)) = value else { return region(&code, &[]) };
            let text = Exact::quotient(*hundredths, 100).unwrap().to_string();
            let figures = [(Measure::Index, text.as_str()), (Measure::Improvement, text.as_str())];
            PublishedRegion { improvement_is_break: *is_break, ..region(&code, &figures) }
        }).collect();
        for found in Summary::of(&survey(regions)).measures {
            let count = found.statistics.as_ref().map_or(0, |statistics| statistics.count);
            prop_assert_eq!(count + found.break_count + found.nulls.values().sum::<usize>(), values.len());
            prop_assert_eq!(found.histogram.iter().map(|bin| bin.count).sum::<usize>(), count);
            let banded = found.bands.iter().map(|(_, banded)| banded).sum::<usize>();
            prop_assert_eq!(banded, if found.measure == Measure::Index { count } else { 0 });
        }
    }

    #[test]
    fn a_value_lies_within_its_bin(hundredths in 0_i64..=400) {
        let value = Exact::quotient(hundredths, 100).unwrap();
        let bins = histogram(&[&value], Measure::Index.range(&instrument()));
        let bin = bins.iter().find(|bin| bin.count == 1).unwrap();
        let is_last = hundredths == 400;
        prop_assert!(Exact::from(bin.lower) <= value);
        prop_assert!(value < Exact::from(bin.upper) || is_last && value == Exact::from(bin.upper));
    }
}
