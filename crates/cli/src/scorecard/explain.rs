//! How the figures of a scorecard came about, as an indented text.

use std::fmt::Write as _;

use takar_proto::v1::{Explanation, ExplanationNode};

use super::list::NONE;
use crate::{language::Language, table::plain, text};

/// How far an input stands to the right of what it goes into.
const INDENT: &str = "  ";

/// The trees: the index, then the realisations.
pub(super) fn render(explanation: &Explanation, language: Language) -> String {
    let mut text = String::new();
    for root in explanation.index.iter().chain(&explanation.realisations) {
        node(&mut text, root, 0, language);
    }
    text
}

fn node(text: &mut String, node_: &ExplanationNode, depth: usize, language: Language) {
    let ExplanationNode {
        kind: _,
        label,
        value,
        status: _,
        formula,
        weight,
        source,
        principal,
        record_time,
        inputs,
    } = node_;
    // What is shown of a decimal is its language's; a formula is the API's, as it is computed.
    let value = if value.is_empty() { NONE.to_owned() } else { decimal(value, language) };
    let mut line = format!("{}{label}: {value}", INDENT.repeat(depth));
    // A score is its own formula.
    if formula.contains(' ') {
        let _ = write!(line, " = {formula}");
    }
    if !weight.is_empty() {
        let _ = write!(line, " [{}%]", language.decimal(weight));
    }
    // What is computed of others stands where they do.
    let source = if inputs.is_empty() { source.as_str() } else { "" };
    let given = [source.to_owned(), principal.clone(), text::second(record_time.as_ref())];
    let given: Vec<_> = given.into_iter().filter(|part| !part.is_empty()).collect();
    if !given.is_empty() {
        let _ = write!(line, " ({})", given.join("; "));
    }
    let _ = writeln!(text, "{}", plain(&line));
    for input in inputs {
        node(text, input, depth + 1, language);
    }
}

/// A value in the language where it is a number; words and codes stay.
fn decimal(value: &str, language: Language) -> String {
    if crate::contract::is_unsigned_decimal(value.trim_start_matches('-')) {
        language.decimal(value)
    } else {
        value.to_owned()
    }
}
