use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::{
    evaluation::Score,
    instrument::{Scale, ShownDecimals, ThresholdPercent, WeightedComponent},
    life::Life,
    name::{CycleId, InstrumentId},
    population::{MissingReason, MissingRegion, Population},
    vocabulary::{Derivation, EvaluationState, Pillar},
};

/// The ministry's weights of 2022 (design of the evaluation): baseline, output, outcome, impact, quick
/// win; impact is the mean of the pillars.
const MINISTRY: [&str; 5] = ["10", "20", "30", "20", "20"];

fn instrument(weights: [&str; 5]) -> Instrument {
    let parts = Component::ALL.into_iter().zip(weights).map(|(component, weight)| {
        let derivation = match component {
            Component::Impact => Derivation::MeanOfPillars,
            _ => Derivation::Direct,
        };
        WeightedComponent::parse(component, weight, derivation).unwrap()
    });
    let definition = Definition {
        display_name: "Kominfo 2022".to_owned(),
        source: "a test".to_owned(),
        scale: Scale::parse("0", "4").unwrap(),
        components: parts.collect(),
        threshold: ThresholdPercent::parse("80").unwrap(),
        availability_threshold: None,
        bands: Vec::new(),
        decimals: ShownDecimals::parse(2, 2).unwrap(),
        quick_win_repeat_limit: None,
        composition: Composition::MINISTRY,
    };
    Instrument::new(InstrumentId::parse("kominfo-2022").unwrap(), definition).unwrap()
}

fn given(score: &str) -> Score {
    Score::parse(score, "a test", Scale::parse("0", "4").unwrap()).unwrap()
}

/// Scores of the six pillars, and of baseline, output, outcome and quick win; empty for none.
fn evaluation(code: &str, pillars: [&str; 6], components: [&str; 4]) -> Evaluation {
    let direct = [Component::Baseline, Component::Output, Component::Outcome, Component::QuickWin];
    let scored = direct.into_iter().zip(components).filter(|(_, score)| !score.is_empty());
    Evaluation {
        region: RegionCode::parse(code).unwrap(),
        cycle: CycleId::parse("2022").unwrap(),
        simulated: false,
        state: EvaluationState::Published,
        counted_tallies: BTreeMap::new(),
        tallies_given: BTreeMap::new(),
        program_reports: Vec::new(),
        pillar_scores: Pillar::ALL.into_iter().zip(pillars.map(given)).collect(),
        component_scores: scored.map(|(component, score)| (component, given(score))).collect(),
        assessments: Vec::new(),
        evidence: Vec::new(),
        life: Life::default(),
        create_time: DateTime::UNIX_EPOCH,
        update_time: DateTime::UNIX_EPOCH,
    }
}

/// Kota Kediri, letter B-1003/DJAI/AI.01.04/12/2022 of 5 December 2022 (bangsaonline.com 113379).
fn kediri() -> Evaluation {
    let pillars = ["2.75", "2.75", "3.5", "3.33", "3.33", "2.75"];
    evaluation("35.71", pillars, ["3.60", "3.21", "3.23", "3.65"])
}

fn even(code: &str, impact: &str, others: &str) -> Evaluation {
    evaluation(code, [impact; 6], [others; 4])
}

/// What was published of these evaluations under the ministry's instrument.
fn survey(evaluations: &[Evaluation], instrument: &Instrument) -> Survey {
    let present = evaluations.iter().map(|evaluation| {
        let scorecard = scoring::score(evaluation, String::new(), instrument, None);
        let kept = Measure::KEPT.map(|measure| match measure.exact_in(&scorecard) {
            Some(exact) => KeptFigure::Value(exact.clone()),
            None => KeptFigure::Null(NullReason::InputMissing),
        });
        PublishedRegion {
            region: named(&evaluation.region),
            revision: 1,
            publish_time: DateTime::UNIX_EPOCH,
            figures: KeptFigures::new(kept.to_vec()).unwrap(),
            improvement_is_break: false,
            ratios: [None; 6],
        }
    });
    Survey {
        population: Population::Nation,
        display_name: "Indonesia".to_owned(),
        cycle: CycleId::parse("2022").unwrap(),
        simulated: false,
        instrument: instrument.clone(),
        present: present.collect(),
        missing: vec![MissingRegion {
            region: named(&RegionCode::parse("11.01").unwrap()),
            reason: MissingReason::NoEvaluation,
        }],
    }
}

fn named(code: &RegionCode) -> NamedRegion {
    NamedRegion {
        number: 1,
        code: code.clone(),
        display_name: format!("Region {code}"),
        province: code.province().unwrap(),
    }
}

fn kept(evaluations: &[Evaluation]) -> BTreeMap<RegionCode, Evaluation> {
    evaluations.iter().map(|kept| (kept.region.clone(), kept.clone())).collect()
}

fn weights(weights: &[(Component, &str)]) -> Change {
    let weight =
        |(component, weight): &(Component, &str)| (*component, TriedWeight::parse(weight).unwrap());
    Change { weights: weights.iter().map(weight).collect(), ..Change::default() }
}

fn compared(evaluations: &[Evaluation], change: &Change) -> Comparison {
    let base = instrument(MINISTRY);
    let changed = change.apply(&base).unwrap();
    compare(&survey(evaluations, &base), kept(evaluations), &changed, || true).unwrap()
}

fn rounded(index: &Cell) -> String {
    index.as_ref().map_or_else(|reason| format!("{reason:?}"), |exact| exact.round(4).to_string())
}

/// Sleman weighs 10/20/30/30/10.
#[test]
fn kediri_under_slemans_weights_has_3_2565_against_3_3147() {
    let sleman = weights(&[(Component::Impact, "30"), (Component::QuickWin, "10")]);
    let comparison = compared(&[kediri()], &sleman);
    let [one] = comparison.regions.as_slice() else { panic!("{comparison:?}") };
    assert_eq!(rounded(&one.before.index), "3.3147");
    assert_eq!(rounded(&one.after.index), "3.2565");
    assert_eq!((one.before.rank, one.after.rank, one.rise()), (Some(1), Some(1), Some(0)));
    assert_eq!((comparison.spearman, comparison.kendall), (None, None));
}

#[test]
fn ranks_shift_and_the_correlations_say_how_much() {
    // Under 100 of impact the order turns round; by hand: before 1, 2, 3, after 3, 2, 1.
    let evaluations = [even("35.71", "1", "4"), even("35.72", "2", "3"), even("35.73", "3", "2")];
    let impact = weights(&[
        (Component::Baseline, "0"),
        (Component::Output, "0"),
        (Component::Outcome, "0"),
        (Component::QuickWin, "0"),
        (Component::Impact, "100"),
    ]);
    let comparison = compared(&evaluations, &impact);
    let places: Vec<_> = comparison
        .regions
        .iter()
        .map(|one| (one.before.rank, one.after.rank, one.rise()))
        .collect();
    assert_eq!(
        places,
        [(Some(1), Some(3), Some(-2)), (Some(2), Some(2), Some(0)), (Some(3), Some(1), Some(2))]
    );
    assert_eq!(comparison.movers(1), (vec![2], vec![0]));
    assert_eq!(comparison.spearman, Exact::quotient(-1, 1));
    assert_eq!(comparison.kendall, Exact::quotient(-1, 1));
}

#[test]
fn what_is_not_known_has_no_index_and_says_why() {
    let partly = evaluation("35.72", ["3"; 6], ["3", "", "3", "3"]);
    let evaluations = [kediri(), partly, even("35.73", "3", "3")];
    let base = instrument(MINISTRY);
    let mut kept = kept(&evaluations);
    kept.remove(&evaluations[2].region);
    let comparison = compare(&survey(&evaluations, &base), kept, &base, || true).unwrap();
    assert_eq!(comparison.not_kept, [named(&evaluations[2].region)]);
    let partly = &comparison.regions[1];
    assert_eq!(partly.before.index, Err(NullReason::InputMissing));
    assert_eq!(partly.after.missing, [Component::Output]);
    assert_eq!((partly.before.rank, partly.after.rank, partly.rise()), (None, None, None));
    assert_eq!(comparison.regions[0].after.rank, Some(1));
}

#[test]
fn a_comparison_that_nobody_wants_any_more_ends_before_the_next_region() {
    let evaluations = [even("35.71", "1", "4"), even("35.72", "2", "3"), even("35.73", "3", "2")];
    let base = instrument(MINISTRY);
    let asked = std::cell::Cell::new(0);
    let compared = |patience| {
        asked.set(0);
        let is_wanted = || asked.replace(asked.get() + 1) < patience;
        compare(&survey(&evaluations, &base), kept(&evaluations), &base, is_wanted)
    };
    assert!(compared(3).is_some());
    assert_eq!((compared(2), asked.get()), (None, 3));
    assert_eq!((compared(0), asked.get()), (None, 1));
}

#[test]
fn an_index_relative_to_the_population_is_one_of_these_regions() {
    let evaluations = [even("35.71", "1", "1"), even("35.72", "2", "2"), even("35.73", "3", "3")];
    let z_scores = Change { normalisation: Some(Normalisation::ZScore), ..Change::default() };
    let indexes = |comparison: Comparison| -> Vec<String> {
        comparison.regions.iter().map(|one| rounded(&one.after.index)).collect()
    };
    assert_eq!(indexes(compared(&evaluations, &z_scores)), ["-1.0000", "0.0000", "1.0000"]);
    assert_eq!(indexes(compared(&evaluations[..1], &z_scores)), ["NeedsPopulation"]);

    // Where the cycle's own index is relative, it comes out as before what changes.
    let relative = z_scores.apply(&instrument(MINISTRY)).unwrap();
    let comparison =
        compare(&survey(&evaluations, &relative), kept(&evaluations), &relative, || true).unwrap();
    let before = comparison.regions.iter().map(|one| rounded(&one.before.index));
    assert_eq!(before.collect::<Vec<_>>(), ["-1.0000", "0.0000", "1.0000"]);
    assert_eq!(comparison.kendall, Exact::quotient(1, 1));
}

#[test]
fn a_change_that_makes_no_instrument_is_refused_by_its_fields() {
    let base = instrument(MINISTRY);
    let fields = |change: Change| -> Vec<String> {
        let faults = change.apply(&base).unwrap_err();
        faults.iter().map(|fault| fault.field.clone()).collect()
    };
    assert_eq!(fields(weights(&[(Component::Impact, "30")])), ["weights"]);
    let goalposts = Change { normalisation: Some(Normalisation::Goalposts), ..Change::default() };
    assert_eq!(fields(goalposts), ["goalposts"; 5]);
    let posts = Goalposts::parse("1", "4").unwrap();
    let stray = Change { goalposts: [(Component::Impact, posts)].into(), ..Change::default() };
    assert_eq!(fields(stray), ["goalposts"]);
    let z_scores = Change {
        normalisation: Some(Normalisation::ZScore),
        aggregation: Some(Aggregation::Geometric),
        ..Change::default()
    };
    assert_eq!(fields(z_scores), ["aggregation"]);

    let without_impact =
        weights(&[(Component::Impact, "0"), (Component::QuickWin, "40")]).apply(&base).unwrap();
    assert_eq!(without_impact.derivation(Component::Impact), None);
    let change = weights(&[(Component::Impact, "10"), (Component::Baseline, "10")]);
    let faults = change.apply(&without_impact).unwrap_err();
    let first = faults.iter().next().unwrap();
    assert_eq!(first.field, "weights");
    assert_eq!(first.allowed, "baseline, output, outcome, quick_win, which kominfo-2022 has");
}

#[test]
fn scores_of_one_scale_are_none_of_another() {
    let base = instrument(MINISTRY);
    let of_scale = |maximum: &str| {
        let scale = Scale::parse("0.0", maximum).unwrap();
        let definition = Definition { scale, ..base.definition().clone() };
        Instrument::new(base.id().clone(), definition).unwrap()
    };
    assert_eq!(check_same_scale(base.definition(), &of_scale("4.00")), Ok(()));
    let fault = check_same_scale(base.definition(), &of_scale("5")).unwrap_err();
    assert_eq!(fault.value, "instruments/kominfo-2022");
}

fn exacts(numbers: &[i64]) -> Vec<Exact> {
    numbers.iter().map(|number| Exact::quotient(*number, 1).unwrap()).collect()
}

#[test]
fn correlations_share_the_ranks_of_ties() {
    let (left, right) = (exacts(&[1, 2, 2, 4, 5]), exacts(&[1, 3, 2, 2, 6]));
    let pairs: Vec<_> = left.iter().zip(&right).collect();
    let rounded = |exact: Option<Exact>| exact.unwrap().round(6).to_string();
    // By hand: ranks 1, 2.5, 2.5, 4, 5 and 1, 4, 2.5, 2.5, 5; products 7.25 over squares 9.5 and 9.5.
    assert_eq!(rounded(spearman(&pairs)), "0.763158");
    // 7 pairs in the same order, 1 in another, 9 told apart on either side.
    assert_eq!(rounded(kendall(&pairs)), "0.666667");
    let alike = exacts(&[3, 3, 3, 3, 3]);
    let pairs: Vec<_> = left.iter().zip(&alike).collect();
    assert_eq!((spearman(&pairs), kendall(&pairs)), (None, None));
}

proptest! {
    #[test]
    fn a_correlation_lies_between_that_of_opposite_and_that_of_same_orders(
        numbers in prop::collection::vec((0_i64..9, 0_i64..9), 2..12),
    ) {
        let (left, right): (Vec<_>, Vec<_>) = numbers.into_iter().unzip();
        let (left, right) = (exacts(&left), exacts(&right));
        let pairs: Vec<_> = left.iter().zip(&right).collect();
        let (same, one) = (left.iter().zip(&left).collect::<Vec<_>>(), Exact::quotient(1, 1).unwrap());
        for correlation in [spearman, kendall] {
            if let Some(found) = correlation(&pairs) {
                prop_assert!(found <= one && Exact::from(0) - &one <= found);
            }
            prop_assert!(correlation(&same).is_none_or(|found| found == one));
        }
    }
}
