use std::collections::BTreeMap;

use chrono::DateTime;
use rust_decimal::Decimal;

use super::*;
use crate::{
    evaluation::{ProgramReport, Progress},
    exact::Exact,
    instrument::{Band, Composition, Scale, ShownDecimals, ThresholdPercent, WeightedComponent},
    life::Life,
    name::{CycleId, InstrumentId, ProgramId, RegionCode},
    publication::{Measure, StatedFigure},
    scorecard::{Method, NullReason, Outcome},
    vocabulary::{Component, Derivation, EvaluationState, ProgramStatus},
};

mod composition;
mod properties;

const SOURCE: &str = "a test";

/// `kominfo-2022`: weights 10/20/30/20/20, scale 0-4, impact the mean of the pillars.
fn kominfo_2022(weights: [&str; 5]) -> Definition {
    let components = Component::ALL.into_iter().zip(weights).map(|(component, weight)| {
        let derivation = match component {
            Component::Impact => Derivation::MeanOfPillars,
            _ => Derivation::Direct,
        };
        WeightedComponent::parse(component, weight, derivation).unwrap()
    });
    Definition {
        display_name: "Kominfo 2022".to_owned(),
        source: SOURCE.to_owned(),
        scale: Scale::parse("0", "4").unwrap(),
        components: components.collect(),
        threshold: ThresholdPercent::parse("80").unwrap(),
        availability_threshold: None,
        bands: Vec::new(),
        decimals: ShownDecimals::parse(2, 2).unwrap(),
        quick_win_repeat_limit: None,
        composition: Composition::MINISTRY,
    }
}

fn instrument(definition: Definition) -> Instrument {
    Instrument::new(InstrumentId::parse("kominfo-2022").unwrap(), definition).unwrap()
}

fn ministry() -> Instrument {
    instrument(kominfo_2022(["10", "20", "30", "20", "20"]))
}

fn empty(region: &str) -> Evaluation {
    Evaluation {
        region: RegionCode::parse(region).unwrap(),
        cycle: CycleId::parse("2022").unwrap(),
        simulated: false,
        state: EvaluationState::Draft,
        counted_tallies: BTreeMap::new(),
        tallies_given: BTreeMap::new(),
        program_reports: Vec::new(),
        pillar_scores: BTreeMap::new(),
        component_scores: BTreeMap::new(),
        evidence: Vec::new(),
        assessments: Vec::new(),
        life: Life::default(),
        create_time: DateTime::UNIX_EPOCH,
        update_time: DateTime::UNIX_EPOCH,
    }
}

fn with_tallies(tallies: impl IntoIterator<Item = (Pillar, i32, i32)>) -> Evaluation {
    let counted =
        |(pillar, running, planned)| (pillar, Tally::counted(running, planned, 0, SOURCE).unwrap());
    Evaluation { counted_tallies: tallies.into_iter().map(counted).collect(), ..empty("33.05") }
}

fn given(score: &str) -> Score {
    Score::parse(score, SOURCE, Scale::parse("0", "4").unwrap()).unwrap()
}

/// Kebumen, 6 October 2022 (ppid.kebumenkab.go.id, berita 7015).
fn kebumen() -> Evaluation {
    with_tallies([
        (Pillar::Governance, 9, 9),
        (Pillar::Living, 9, 10),
        (Pillar::Branding, 6, 7),
        (Pillar::Society, 9, 9),
        (Pillar::Economy, 10, 12),
        (Pillar::Environment, 4, 4),
    ])
}

/// Kota Kediri, letter B-1003/DJAI/AI.01.04/12/2022 of 5 December 2022 (bangsaonline.com 113379).
fn kediri() -> Evaluation {
    let pillars = ["2.75", "2.75", "3.5", "3.33", "3.33", "2.75"];
    let components = [
        (Component::Baseline, "3.60"),
        (Component::Output, "3.21"),
        (Component::Outcome, "3.23"),
        (Component::QuickWin, "3.65"),
    ];
    Evaluation {
        pillar_scores: Pillar::ALL.into_iter().zip(pillars.map(given)).collect(),
        component_scores: components
            .into_iter()
            .map(|(component, score)| (component, given(score)))
            .collect(),
        ..empty("35.71")
    }
}

fn shown(figure: &Figure) -> Option<String> {
    match &figure.outcome {
        Outcome::Value { shown, .. } => Some(shown.to_string()),
        Outcome::Null(_) => None,
    }
}

fn null_reason(figure: &Figure) -> Option<NullReason> {
    match figure.outcome {
        Outcome::Value { .. } => None,
        Outcome::Null(reason) => Some(reason),
    }
}

fn scored(evaluation: &Evaluation, instrument: &Instrument) -> Scorecard {
    score(evaluation, "a region".to_owned(), instrument, None)
}

#[test]
fn kebumen_2022_comes_out_as_published() {
    let scorecard = scored(&kebumen(), &ministry());
    let percents: Vec<_> =
        scorecard.pillars.iter().filter_map(|result| shown(&result.realisation)).collect();
    assert_eq!(percents, ["100.00", "85.71", "83.33", "90.00", "100.00", "100.00"]);
    assert_eq!(shown(&scorecard.pooled_realisation).as_deref(), Some("92.16"));
    assert_eq!(shown(&scorecard.mean_of_pillars_realisation).as_deref(), Some("93.17"));
    assert_eq!(scorecard.all_pillars_at_or_above_threshold, Some(true));
    assert_eq!(null_reason(&scorecard.index), Some(NullReason::InputMissing));
    assert_eq!(scorecard.index.missing, ["baseline", "output", "outcome", "impact", "quick_win"]);
}

#[test]
fn kediri_2022_comes_out_as_published_with_impact_unrounded() {
    let scorecard = scored(&kediri(), &ministry());
    let index = scorecard.index.exact().unwrap();
    assert_eq!(index.to_string(), "1243/375");
    assert_eq!(index.round(4).to_string(), "3.3147");
    assert_eq!(shown(&scorecard.index).as_deref(), Some("3.31"));
    assert_eq!(shown(&scorecard.components[3].score).as_deref(), Some("3.07"));

    let stated = StatedFigure::parse(Measure::Index, "3.31").unwrap().beside(&scorecard);
    assert_eq!(stated.difference(), Some(Decimal::new(0, 2)));
}

#[test]
fn kediri_2022_does_not_come_out_from_the_rounded_impact() {
    let mut definition = kominfo_2022(["10", "20", "30", "20", "20"]);
    definition.components[3].derivation = Derivation::Direct;
    let mut evaluation = kediri();
    evaluation.component_scores.insert(Component::Impact, given("3.07"));
    let scorecard = scored(&evaluation, &instrument(definition));
    assert_eq!(scorecard.index.exact().unwrap().round(3).to_string(), "3.315");
    assert_eq!(shown(&scorecard.index).as_deref(), Some("3.32"));

    let stated = StatedFigure::parse(Measure::Index, "3.31").unwrap().beside(&scorecard);
    assert_eq!(stated.difference(), Some(Decimal::new(1, 2)));
}

/// Kota Kediri's letter gives 3.06 for the cycle before, without its components.
fn kediri_before(instrument: &str) -> EarlierIndex {
    EarlierIndex {
        cycle: CycleId::parse("2021").unwrap(),
        revision: 2,
        instrument: InstrumentId::parse(instrument).unwrap(),
        index: Exact::quotient(306, 100).unwrap(),
    }
}

#[test]
fn kediri_2022_improved_as_its_letter_says() {
    let earlier = Some(kediri_before("kominfo-2022"));
    let scorecard = score(&kediri(), "Kota Kediri".to_owned(), &ministry(), earlier);
    let improvement = &scorecard.improvement;
    assert_eq!(shown(&improvement.difference).as_deref(), Some("0.25"));
    assert_eq!(improvement.difference.formula, "1243/375 - 153/50");
    assert_eq!(improvement.difference.inputs[1].source, "cycles/2021, revision 2");
    assert!(!improvement.is_break);

    let stated = |measure, value| StatedFigure::parse(measure, value).unwrap().beside(&scorecard);
    assert_eq!(stated(Measure::Improvement, "0.25").difference(), Some(Decimal::new(0, 2)));
    assert_eq!(stated(Measure::PreviousIndex, "3.06").difference(), Some(Decimal::new(0, 2)));
    assert_eq!(stated(Measure::NationalRank, "22").difference(), None);
}

#[test]
fn another_instrument_is_a_break_and_no_earlier_index_is_no_improvement() {
    let improvement = |evaluation: &Evaluation, earlier| {
        score(evaluation, "a region".to_owned(), &ministry(), earlier).improvement
    };
    let broken = improvement(&kediri(), Some(kediri_before("kominfo-2021")));
    assert!(broken.is_break);
    assert_eq!(shown(&broken.difference).as_deref(), Some("0.25"));

    let first = improvement(&kediri(), None);
    assert_eq!(null_reason(&first.difference), Some(NullReason::NoEarlierIndex));
    let unscored = improvement(&kebumen(), Some(kediri_before("kominfo-2022")));
    assert_eq!(null_reason(&unscored.difference), Some(NullReason::InputMissing));
    assert_eq!(unscored.difference.missing, ["index"]);
}

#[test]
fn a_figure_says_how_it_came_about() {
    let scorecard = scored(&kediri(), &ministry());
    let impact = &scorecard.components[3].score;
    assert_eq!(impact.method, Method::MeanOfPillars);
    assert_eq!(impact.formula, "(11/4 + 11/4 + 7/2 + 333/100 + 333/100 + 11/4) / 6");
    assert_eq!(impact.inputs[2].name, "economy");
    assert_eq!(impact.inputs[2].value.as_deref(), Some("7/2"));
    assert_eq!(
        scorecard.index.formula,
        "(10 x 18/5 + 20 x 321/100 + 30 x 323/100 + 20 x 1841/600 + 20 x 73/20) / 100"
    );

    let branding = scored(&kebumen(), &ministry()).pillars[1].realisation.clone();
    assert_eq!(branding.formula, "100 x 6 / 7");
    assert_eq!(branding.inputs[0].source, SOURCE);
}

#[test]
fn a_figure_without_value_has_no_formula() {
    let mut evaluation = kebumen();
    evaluation.counted_tallies.remove(&Pillar::Living);
    evaluation
        .counted_tallies
        .insert(Pillar::Environment, Tally::counted(0, 0, 4, SOURCE).unwrap());
    let scorecard = scored(&evaluation, &ministry());
    for figure in [
        &scorecard.pillars[3].realisation,
        &scorecard.pillars[5].realisation,
        &scorecard.pooled_realisation,
        &scorecard.mean_of_pillars_realisation,
        &scorecard.components[0].score,
        &scorecard.components[3].score,
        &scorecard.index,
    ] {
        assert_eq!((shown(figure), figure.formula.as_str()), (None, ""));
    }
}

#[test]
fn nothing_planned_leaves_the_means_and_says_so() {
    let mut tallies = kebumen();
    tallies.counted_tallies.insert(Pillar::Environment, Tally::counted(0, 0, 4, SOURCE).unwrap());
    let scorecard = scored(&tallies, &ministry());
    let environment = &scorecard.pillars[5];
    assert_eq!(null_reason(&environment.realisation), Some(NullReason::NothingPlanned));
    assert_eq!(environment.at_or_above_threshold, None);
    assert_eq!(shown(&scorecard.pooled_realisation).as_deref(), Some("91.49")); // 43/47
    assert_eq!(shown(&scorecard.mean_of_pillars_realisation).as_deref(), Some("91.81"));
    assert_eq!(scorecard.all_pillars_at_or_above_threshold, None);
}

#[test]
fn a_pillar_without_report_leaves_no_total_and_is_named() {
    let mut evaluation = kebumen();
    evaluation.counted_tallies.remove(&Pillar::Living);
    let scorecard = scored(&evaluation, &ministry());
    for figure in [&scorecard.pooled_realisation, &scorecard.mean_of_pillars_realisation] {
        assert_eq!(null_reason(figure), Some(NullReason::InputMissing));
        assert_eq!(figure.missing, ["living"]);
    }
    let nothing = scored(&empty("33.05"), &ministry());
    assert_eq!(null_reason(&nothing.pooled_realisation), Some(NullReason::NotReported));
    assert_eq!(nothing.all_pillars_at_or_above_threshold, None);
}

#[test]
fn one_pillar_below_the_threshold_decides() {
    let mut evaluation = kebumen();
    evaluation.counted_tallies.remove(&Pillar::Living);
    evaluation
        .counted_tallies
        .insert(Pillar::Branding, Tally::counted(79, 100, 0, SOURCE).unwrap());
    assert_eq!(scored(&evaluation, &ministry()).all_pillars_at_or_above_threshold, Some(false));
}

#[test]
fn a_missing_component_leaves_no_index_unless_the_instrument_allows_it() {
    let mut evaluation = kediri();
    evaluation.component_scores.remove(&Component::Baseline);
    let without_threshold = scored(&evaluation, &ministry());
    assert_eq!(null_reason(&without_threshold.index), Some(NullReason::InputMissing));
    assert_eq!(without_threshold.index.missing, ["baseline"]);

    let with_threshold = |percent: &str| {
        let mut definition = kominfo_2022(["10", "20", "30", "20", "20"]);
        definition.availability_threshold = Some(ThresholdPercent::parse(percent).unwrap());
        scored(&evaluation, &instrument(definition)).index
    };
    assert_eq!(shown(&with_threshold("90")).as_deref(), Some("3.28")); // 295.4667 / 90
    assert_eq!(with_threshold("90").missing, ["baseline"]);
    assert_eq!(shown(&with_threshold("90.000001")), None);
}

#[test]
fn a_realisation_can_be_laid_onto_the_scale() {
    let mut definition = kominfo_2022(["10", "20", "30", "20", "20"]);
    definition.scale = Scale::parse("1", "5").unwrap();
    definition.components[0].derivation = Derivation::PooledRealisation;
    definition.components[1].derivation = Derivation::MeanRealisation;
    let scorecard = scored(&kebumen(), &instrument(definition));
    assert_eq!(shown(&scorecard.components[0].score).as_deref(), Some("4.69")); // 1 + 4 x 47/51
    assert_eq!(shown(&scorecard.components[1].score).as_deref(), Some("4.73"));
}

#[test]
fn a_band_is_taken_of_the_unrounded_index() {
    let mut definition = kominfo_2022(["10", "20", "30", "20", "20"]);
    definition.bands = vec![
        Band::parse("low", "0", "3.3147").unwrap(),
        Band::parse("high", "3.3147", "4").unwrap(),
    ];
    // 3.314666... is shown 3.31 and rounds to 3.3147, and is below it.
    assert_eq!(scored(&kediri(), &instrument(definition)).band.as_deref(), Some("low"));
}

#[test]
fn reports_on_programmes_are_counted() {
    let report = |id: &str, pillar, status| ProgramReport {
        program: ProgramId::parse(id).unwrap(),
        pillar,
        progress: Progress::new(status, "a reason").unwrap(),
        given: None,
    };
    let mut evaluation = kebumen();
    evaluation.counted_tallies.remove(&Pillar::Environment);
    evaluation.program_reports = vec![
        report("a", Pillar::Environment, ProgramStatus::Running),
        report("b", Pillar::Environment, ProgramStatus::Stopped),
        report("c", Pillar::Environment, ProgramStatus::NotDue),
    ];
    let scorecard = scored(&evaluation, &ministry());
    assert_eq!(scorecard.pillars[5].counts, Some(Counts { running: 1, planned: 2, not_due: 1 }));
    assert_eq!(scorecard.all_pillars_at_or_above_threshold, Some(false));
}

#[test]
fn a_stored_scorecard_is_read_back_as_it_was() {
    let scorecard = scored(&kediri(), &ministry());
    let stored = serde_json::to_value(&scorecard).unwrap();
    assert_eq!(serde_json::from_value::<Scorecard>(stored).unwrap(), scorecard);
}
