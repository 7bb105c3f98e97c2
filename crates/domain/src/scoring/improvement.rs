//! Improvement: this index less an earlier one.

use crate::{
    instrument::Instrument,
    scorecard::{EarlierIndex, Figure, Improvement, Input, Method, NullReason, Outcome},
};

use super::figure::{computed_input, null, value};

/// The index less the earlier one, of exact values.
///
/// Another instrument makes another index: the difference is given, flagged as a break.
pub(super) fn improvement(
    index: &Figure,
    earlier: Option<EarlierIndex>,
    instrument: &Instrument,
) -> Improvement {
    let Some(earlier) = earlier else {
        return Improvement {
            difference: null(Method::Difference, NullReason::NoEarlierIndex),
            earlier: None,
            is_break: false,
        };
    };
    let is_break = earlier.instrument != *instrument.id();
    let difference = difference(index, &earlier, instrument.definition().decimals.score);
    Improvement { difference, earlier: Some(earlier), is_break }
}

fn difference(index: &Figure, earlier: &EarlierIndex, decimals: u8) -> Figure {
    let (outcome, formula, missing) = match index.exact() {
        None => (Outcome::Null(NullReason::InputMissing), String::new(), vec!["index".to_owned()]),
        Some(exact) => {
            let formula = format!("{exact} - {}", earlier.index);
            (value(exact.clone() - &earlier.index, decimals), formula, Vec::new())
        }
    };
    let earlier_input = Input {
        name: "previous_index".to_owned(),
        value: Some(earlier.index.to_string()),
        weight: None,
        source: format!("cycles/{}, revision {}", earlier.cycle, earlier.revision),
    };
    Figure {
        outcome,
        method: Method::Difference,
        formula,
        inputs: vec![computed_input("index", index, None), earlier_input],
        missing,
    }
}
