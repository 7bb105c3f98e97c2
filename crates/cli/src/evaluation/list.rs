//! Evaluations, one a line.

use takar_proto::v1::Evaluation;

use crate::{
    contract,
    language::Language,
    region::id,
    table::{Side, Table},
    text::{self, Label},
};

/// The columns of a list as CSV.
pub(super) const COLUMNS: [&str; 7] =
    ["region", "cycle", "state", "deadline_time", "submit_time", "late", "update_time"];

/// One evaluation as a row of [`COLUMNS`].
pub(super) fn row(evaluation: &Evaluation) -> Vec<String> {
    let time = |time: Option<prost_types::Timestamp>| {
        time.map(|time| time.to_string()).unwrap_or_default()
    };
    vec![
        id(&evaluation.region).to_owned(),
        id(&evaluation.cycle).to_owned(),
        contract::word("Evaluation.State", evaluation.state),
        time(evaluation.deadline_time),
        time(evaluation.submit_time),
        evaluation.late.to_string(),
        time(evaluation.update_time),
    ]
}

/// Evaluations as a table.
pub(super) fn table(evaluations: &[Evaluation], language: Language) -> String {
    let labels = [
        Label::Code,
        Label::Cycle,
        Label::State,
        Label::Deadline,
        Label::Submitted,
        Label::Updated,
    ];
    let mut table = Table::new(&labels.map(|label| (label.say(language), Side::Left)));
    for evaluation in evaluations {
        let submitted = text::second(evaluation.submit_time.as_ref());
        let late = if evaluation.late { Label::Late.say(language) } else { "" };
        table.push([
            id(&evaluation.region),
            id(&evaluation.cycle),
            &text::state(evaluation.state, language),
            &text::second(evaluation.deadline_time.as_ref()),
            format!("{submitted} {late}").trim(),
            &text::second(evaluation.update_time.as_ref()),
        ]);
    }
    table.render()
}
