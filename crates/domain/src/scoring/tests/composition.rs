//! Instruments that compose their index otherwise than by the arithmetic mean of scores as they are.

use super::*;
use crate::{
    composite::Goalposts,
    explanation::explain,
    instrument::Composition,
    vocabulary::{Aggregation, Normalisation},
};

fn composed(normalisation: Normalisation, aggregation: Aggregation) -> Instrument {
    let mut definition = kominfo_2022(["10", "20", "30", "20", "20"]);
    definition.composition = Composition { normalisation, aggregation };
    let posts =
        (normalisation == Normalisation::Goalposts).then(|| Goalposts::parse("2", "3.5").unwrap());
    for part in &mut definition.components {
        part.goalposts = posts;
    }
    instrument(definition)
}

fn kediris(normalisation: Normalisation, aggregation: Aggregation) -> Scorecard {
    score(&kediri(), "Kota Kediri".to_owned(), &composed(normalisation, aggregation), None)
}

/// Computed apart, in Python with 50 decimals.
#[test]
fn a_geometric_mean_is_rounded_to_12_decimals_and_says_so() {
    let index = kediris(Normalisation::None, Aggregation::Geometric).index;
    assert_eq!(index.exact().unwrap().round(12).to_string(), "3.307737933108");
    assert_eq!(
        (shown(&index).as_deref(), index.method),
        (Some("3.31"), Method::WeightedGeometricMean)
    );
    assert_eq!(
        index.formula,
        "((18/5)^10 x (321/100)^20 x (323/100)^30 x (1841/600)^20 x (73/20)^20)^(1 / 100), rounded \
         half up to 12 decimals"
    );
}

#[test]
fn a_harmonic_mean_is_exact() {
    let index = kediris(Normalisation::None, Aggregation::Harmonic).index;
    assert_eq!(index.method, Method::WeightedHarmonicMean);
    assert_eq!(
        index.formula,
        "100 / (10 / (18/5) + 20 / (321/100) + 30 / (323/100) + 20 / (1841/600) + 20 / (73/20))"
    );
    let term =
        |weight: i64, above: i64, below: i64| Exact::quotient(weight * below, above).unwrap();
    let terms = [
        term(10, 18, 5),
        term(20, 321, 100),
        term(30, 323, 100),
        term(20, 1_841, 600),
        term(20, 73, 20),
    ];
    let expected = Exact::from(100) / &terms.into_iter().sum();
    assert_eq!(index.exact(), Some(&expected));
}

#[test]
fn goalposts_come_between_a_score_and_the_index() {
    let scorecard = kediris(Normalisation::Goalposts, Aggregation::Arithmetic);
    let output = &scorecard.components[1];
    assert_eq!(shown(&output.score).as_deref(), Some("3.21"));
    let normalised = output.normalised.as_ref().unwrap();
    // 4 x (3.21 - 2) / 1.5
    assert_eq!(normalised.exact().unwrap().to_string(), "242/75");
    assert_eq!(
        (normalised.method, normalised.formula.as_str()),
        (Method::Goalposts, "0 + (4 - 0) x (321/100 - 2) / (3.5 - 2), at least 0, at most 4")
    );
    // Baseline and quick win are above their upper goalpost.
    assert_eq!(scorecard.index.inputs[0].value.as_deref(), Some("4"));
    assert!(scorecard.index.formula.starts_with("(10 x 4 + 20 x 242/75 + "));

    let explanation = explain(&scorecard, Some(&kediri()));
    let output = &explanation.index.inputs[1];
    assert_eq!((output.label.as_str(), output.value.as_str()), ("output", "3.23"));
    assert_eq!(output.inputs[0].value, "3.21");
    assert_eq!(output.inputs[0].inputs[0].label, "final");
}

#[test]
fn an_index_that_is_relative_needs_a_population() {
    for (normalisation, aggregation, method) in [
        (Normalisation::MinMax, Aggregation::Arithmetic, Method::WeightedMean),
        (Normalisation::ZScore, Aggregation::Arithmetic, Method::WeightedMean),
        (Normalisation::Borda, Aggregation::Geometric, Method::WeightedGeometricMean),
        (Normalisation::None, Aggregation::Copeland, Method::Copeland),
    ] {
        let scorecard = kediris(normalisation, aggregation);
        assert_eq!(null_reason(&scorecard.index), Some(NullReason::NeedsPopulation));
        assert_eq!((scorecard.index.method, scorecard.index.formula.as_str()), (method, ""));
        assert_eq!(scorecard.band, None);
        assert!(scorecard.components.iter().all(|part| part.score.exact().is_some()));
    }
    // What is missing comes first.
    let unscored = score(
        &empty("35.71"),
        String::new(),
        &composed(Normalisation::MinMax, Aggregation::Arithmetic),
        None,
    );
    assert_eq!(null_reason(&unscored.index), Some(NullReason::InputMissing));
}

#[test]
fn a_score_of_0_leaves_no_geometric_or_harmonic_mean() {
    let mut evaluation = kediri();
    evaluation.component_scores.insert(Component::Output, given("0"));
    for aggregation in [Aggregation::Geometric, Aggregation::Harmonic] {
        let instrument = composed(Normalisation::None, aggregation);
        let index = score(&evaluation, String::new(), &instrument, None).index;
        assert_eq!(null_reason(&index), Some(NullReason::NotPositive));
        assert_eq!(index.missing, Vec::<String>::new());
    }
}

/// The bytes that the version before wrote, which later ones read and write alike.
#[test]
fn a_scorecard_of_the_ministrys_method_is_kept_as_before() {
    let scorecard = score(&kediri(), "Kota Kediri".to_owned(), &ministry(), None);
    let kept = serde_json::to_value(&scorecard.components[0]).unwrap();
    let members: Vec<_> = kept.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["component", "score", "weight"]);
    assert_eq!(
        serde_json::from_value::<Scorecard>(serde_json::to_value(&scorecard).unwrap()).unwrap(),
        scorecard
    );
    assert_eq!(
        scorecard.index.formula,
        "(10 x 18/5 + 20 x 321/100 + 30 x 323/100 + 20 x 1841/600 + 20 x 73/20) / 100"
    );
}
