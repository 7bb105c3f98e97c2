//! What figures are made of: values, reasons, inputs and formulas.

use rust_decimal::Decimal;

use crate::{
    exact::Exact,
    scorecard::{Figure, Input, Method, NullReason, Outcome},
    vocabulary::Pillar,
};

pub(super) fn value(exact: Exact, decimals: u8) -> Outcome {
    Outcome::Value {
        shown: exact.round(decimals.into()),
        exact,
    }
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
    if missing == all {
        theirs
    } else {
        NullReason::InputMissing
    }
}

pub(super) fn mean_figure<'a>(
    outcome: Outcome,
    present: &[&Exact],
    inputs: impl Iterator<Item = (Pillar, &'a Figure)>,
    missing: Vec<String>,
) -> Figure {
    Figure {
        outcome,
        method: Method::MeanOfPillars,
        formula: format!(
            "({}) / {}",
            joined(present.iter().map(ToString::to_string)),
            present.len()
        ),
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
