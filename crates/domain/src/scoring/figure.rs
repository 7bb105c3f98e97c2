//! What figures are made of: values, reasons, inputs and formulas.

use rust_decimal::Decimal;

use crate::{
    exact::Exact,
    scorecard::{Figure, Input, Method, NullReason, Outcome},
    vocabulary::Pillar,
};

pub(super) fn value(exact: Exact, decimals: u8) -> Outcome {
    Outcome::Value { shown: exact.round(decimals.into()), exact }
}

pub(super) fn null(method: Method, reason: NullReason) -> Figure {
    Figure {
        outcome: Outcome::Null(reason),
        method,
        formula: String::new(),
        inputs: Vec::new(),
        missing: Vec::new(),
    }
}

/// Where every input is missing, the reason is theirs; where some are, that they are missing.
pub(super) fn input_missing(missing: usize, all: usize, theirs: NullReason) -> NullReason {
    if missing == all { theirs } else { NullReason::InputMissing }
}

/// What was computed, written out; nothing where no value came of it.
pub(super) fn formula(outcome: &Outcome, written: String) -> String {
    match outcome {
        Outcome::Value { .. } => written,
        Outcome::Null(_) => String::new(),
    }
}

pub(super) fn mean_figure<'a>(
    outcome: Outcome,
    present: &[&Exact],
    inputs: impl Iterator<Item = (Pillar, &'a Figure)>,
    missing: Vec<String>,
) -> Figure {
    let terms = joined(present.iter().map(ToString::to_string));
    Figure {
        formula: formula(&outcome, format!("({terms}) / {}", present.len())),
        outcome,
        method: Method::MeanOfPillars,
        inputs: inputs
            .map(|(pillar, figure)| computed_input(pillar.as_str(), figure, None))
            .collect(),
        missing,
    }
}

pub(super) fn computed_input(name: &str, figure: &Figure, weight: Option<Decimal>) -> Input {
    Input {
        name: name.to_owned(),
        value: figure.exact().map(ToString::to_string),
        weight,
        source: String::new(),
    }
}

pub(super) fn names_of(pillars: impl Iterator<Item = Pillar>) -> Vec<String> {
    pillars.map(|pillar| pillar.to_string()).collect()
}

pub(super) fn joined(terms: impl Iterator<Item = String>) -> String {
    terms.collect::<Vec<_>>().join(" + ")
}
