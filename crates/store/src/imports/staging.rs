//! Rows on their way into the database, by COPY.

use std::fmt::Write as _;

use takar_domain::{
    evaluation::{Delivery, tally_source},
    import::Entry,
    registry::Program,
};

use super::ImportRegion;
use crate::{error::Result, write::Write};

/// How many rows go at once: some 200 KB, after which progress is told.
const CHUNK_ROWS: usize = 1_000;

/// What COPY takes for an absent value.
const NULL: &str = "\\N";

/// A row to be staged.
#[derive(Clone, Copy, Debug)]
pub struct StagedRow<'a> {
    /// Its number, as a spreadsheet counts.
    pub number: u32,
    /// Its region.
    pub region: &'a ImportRegion,
    /// What it asks for.
    pub entry: &'a Entry,
    /// The evaluation that it is written to; `None` of programmes.
    pub evaluation: Option<i64>,
}

impl Write {
    /// Brings rows to the database; `on_staged` is told how many are there.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn stage_import_rows(
        &mut self,
        rows: &[StagedRow<'_>],
        mut on_staged: impl FnMut(usize),
    ) -> Result<()> {
        // Nobody leaves any behind; should one ever do, they must not be taken for ours.
        self.discard_import_rows().await?;
        let mut copy = self
            .transaction
            .copy_in_raw(
                "copy import_row (row_number, region_id, evaluation_id, program_id, pillar, component,
                     display_name, owner_agency, flagship, quick_win, first_year, last_year, budget,
                     status, reason, realised_budget, running, planned, not_due, score, source)
                 from stdin",
            )
            .await?;
        let mut staged = 0;
        for chunk in rows.chunks(CHUNK_ROWS) {
            let mut lines = String::new();
            for row in chunk {
                Line::of(row).write(&mut lines);
            }
            copy.send(lines.as_bytes()).await?;
            staged += chunk.len();
            on_staged(staged);
        }
        copy.finish().await?;
        Ok(())
    }

    /// Removes the staged rows, which are written.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn discard_import_rows(&mut self) -> Result<()> {
        sqlx::query!("delete from import_row").execute(&mut *self.transaction).await?;
        Ok(())
    }
}

/// A line for COPY; what is `None` is null.
#[derive(Default)]
struct Line<'a> {
    row_number: u32,
    region_id: i64,
    evaluation_id: Option<i64>,
    program_id: Option<&'a str>,
    pillar: Option<&'a str>,
    component: Option<&'a str>,
    display_name: Option<&'a str>,
    owner_agency: Option<&'a str>,
    flagship: Option<bool>,
    quick_win: Option<bool>,
    first_year: Option<i32>,
    last_year: Option<i32>,
    budget: Option<String>,
    status: Option<&'a str>,
    reason: Option<&'a str>,
    realised_budget: Option<String>,
    running: Option<u32>,
    planned: Option<u32>,
    not_due: Option<u32>,
    score: Option<String>,
    source: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(row: &StagedRow<'a>) -> Self {
        let StagedRow { number, region, entry, evaluation } = *row;
        let line = match entry {
            Entry::Program(program) => Self::of_program(program),
            Entry::Report(program, progress) => {
                let Delivery { budget, realised_budget, quick_win } = progress.delivery();
                Self {
                    program_id: Some(program.as_str()),
                    status: Some(progress.status().as_str()),
                    reason: Some(progress.reason()),
                    budget: budget.map(|budget| budget.to_string()),
                    realised_budget: realised_budget.map(|budget| budget.to_string()),
                    quick_win: Some(quick_win),
                    ..Self::default()
                }
            }
            Entry::Tally(pillar, tally) => Self {
                pillar: Some(pillar.as_str()),
                running: Some(tally.ratio.running()),
                planned: Some(tally.ratio.planned()),
                not_due: Some(tally.not_due),
                source: Some(tally_source(tally)),
                ..Self::default()
            },
            Entry::PillarScore(pillar, score) => Self {
                pillar: Some(pillar.as_str()),
                score: Some(score.value().to_string()),
                source: Some(score.source()),
                ..Self::default()
            },
            Entry::ComponentScore(component, score) => Self {
                component: Some(component.as_str()),
                score: Some(score.value().to_string()),
                source: Some(score.source()),
                ..Self::default()
            },
        };
        Self { row_number: number, region_id: region.region_id, evaluation_id: evaluation, ..line }
    }

    fn of_program(program: &'a Program) -> Self {
        let Program {
            region: _,
            id,
            pillar,
            display_name,
            owner_agency,
            flagship,
            quick_win,
            source,
            years,
            budget,
        } = program;
        Self {
            program_id: Some(id.as_str()),
            pillar: Some(pillar.as_str()),
            display_name: Some(display_name),
            owner_agency: Some(owner_agency),
            flagship: Some(*flagship),
            quick_win: Some(*quick_win),
            first_year: years.first(),
            last_year: years.last(),
            budget: budget.map(|budget| budget.to_string()),
            source: Some(source),
            ..Self::default()
        }
    }

    /// Writes the line in the order of the columns in the statement.
    fn write(&self, lines: &mut String) {
        let Self {
            row_number,
            region_id,
            evaluation_id,
            program_id,
            pillar,
            component,
            display_name,
            owner_agency,
            flagship,
            quick_win,
            first_year,
            last_year,
            budget,
            status,
            reason,
            realised_budget,
            running,
            planned,
            not_due,
            score,
            source,
        } = self;
        let _ = write!(lines, "{row_number}\t{region_id}");
        number(lines, *evaluation_id);
        for column in [program_id, pillar, component, display_name, owner_agency] {
            text(lines, *column);
        }
        for column in [flagship, quick_win] {
            text(lines, column.map(|is_so| if is_so { "t" } else { "f" }));
        }
        for column in [first_year, last_year] {
            number(lines, *column);
        }
        text(lines, budget.as_deref());
        for column in [status, reason] {
            text(lines, *column);
        }
        text(lines, realised_budget.as_deref());
        for column in [running, planned, not_due] {
            number(lines, *column);
        }
        text(lines, score.as_deref());
        text(lines, *source);
        lines.push('\n');
    }
}

fn number(lines: &mut String, value: Option<impl std::fmt::Display>) {
    let _ = match value {
        Some(value) => write!(lines, "\t{value}"),
        None => write!(lines, "\t{NULL}"),
    };
}

fn text(lines: &mut String, value: Option<&str>) {
    lines.push('\t');
    let Some(value) = value else { return lines.push_str(NULL) };
    for character in value.chars() {
        match character {
            '\\' => lines.push_str("\\\\"),
            '\t' => lines.push_str("\\t"),
            '\n' => lines.push_str("\\n"),
            '\r' => lines.push_str("\\r"),
            plain => lines.push(plain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_copy_reads_otherwise_is_escaped() {
        let mut lines = String::new();
        text(&mut lines, Some("a\\b\tc\nd\re"));
        text(&mut lines, Some(""));
        text(&mut lines, None);
        number(&mut lines, Some(-1));
        number(&mut lines, None::<i32>);
        assert_eq!(lines, "\ta\\\\b\\tc\\nd\\re\t\t\\N\t-1\t\\N");
    }
}
