//! Summaries as rows: one for each statistic of each measure.

mod columns;
mod row;

use std::io;

use takar_domain::{name::CycleId, population::Survey, summary::Summary};
use takar_store::Exported;

use self::row::Rows;
use super::{
    facts::facts,
    form::Form,
    structure::{Flow, Words},
    table::{Table, subject},
};

/// The dataflow of summaries.
const FLOW: Flow = Flow { id: "SUMMARY", words: TITLE };

const TITLE: Words = Words {
    english: "Summary of the smart-city evaluation",
    indonesian: "Ringkasan evaluasi smart city",
};

/// The table of an export of this cycle, or of all.
pub(super) fn table(exported: &Exported, cycle: Option<&CycleId>) -> Table {
    Table {
        name: "summary",
        flow: Some(FLOW),
        title: TITLE,
        subject: subject(cycle),
        columns: columns::all(exported),
        as_of: exported.as_of,
        is_simulated: exported.cycles.iter().any(|cycle| cycle.simulated),
        facts: facts(exported),
    }
}

/// Writes the summary of one cycle.
///
/// # Errors
/// Where the form can't write it.
pub(super) fn write(survey: &Survey, as_of: &str, form: &mut dyn Form) -> io::Result<()> {
    let Summary { measures, pooled } = Summary::of(survey);
    let mut rows = Rows::of(survey, as_of, form);
    for measure in &measures {
        rows.measure(measure)?;
    }
    rows.pooled(&pooled)
}
