//! Staged reports, tallies and scores into the tables of evaluations.

use std::collections::BTreeMap;

use takar_domain::{
    evaluation::Given,
    import::RowFault,
    name::{CycleId, ProgramId},
    quick_win::{QuickWins, check_repeats},
};

use super::programs::row_number;
use crate::{
    error::{Result, stored},
    write::Write,
};

impl Write {
    /// The faults of staged reports whose programmes are not registered; the others keep their pillars
    /// until the write ends.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn staged_reports_of_nothing(&mut self) -> Result<Vec<RowFault>> {
        sqlx::query!(
            "select from program
             where (region_id, program_id) in (select region_id, program_id from import_row)
             order by region_id, program_id
             for key share",
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        let rows = sqlx::query!(
            r#"
            select row_number, import_row.program_id as "program_id!", code
            from import_row
            join region_code on region_code.region_id = import_row.region_id and is_current
            left join program
                on program.region_id = import_row.region_id
                and program.program_id = import_row.program_id
            where program.program_id is null
            "#,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        let faults = rows.into_iter().map(|row| RowFault {
            row: row_number(row.row_number),
            column: "program".to_owned(),
            value: row.program_id,
            allowed: format!("a registered programme of regions/{}", row.code),
        });
        Ok(faults.collect())
    }

    /// Claims the pillars of the staged reports or tallies, and gives the faults of those that are
    /// counted otherwise, one for each evaluation and pillar.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn claim_staged_pillars(&mut self, origin: &str) -> Result<Vec<RowFault>> {
        sqlx::query!(
            "insert into pillar_origin (evaluation_id, pillar, origin)
             select distinct evaluation_id, coalesce(import_row.pillar, program.pillar), $1
             from import_row
             left join program using (region_id, program_id)
             order by 1, 2
             on conflict (evaluation_id, pillar) do nothing",
            origin,
        )
        .execute(&mut *self.transaction)
        .await?;
        let rows = sqlx::query!(
            r#"
            select min(row_number) as "row_number!", pillar_origin.pillar, pillar_origin.origin
            from import_row
            left join program using (region_id, program_id)
            join pillar_origin
                on pillar_origin.evaluation_id = import_row.evaluation_id
                and pillar_origin.pillar = coalesce(import_row.pillar, program.pillar)
            where pillar_origin.origin <> $1
            group by pillar_origin.evaluation_id, pillar_origin.pillar, pillar_origin.origin
            "#,
            origin,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        let column = if origin == "counts" { "pillar" } else { "program" };
        let faults = rows.into_iter().map(|row| RowFault {
            row: row_number(row.row_number),
            column: column.to_owned(),
            allowed: match row.origin.as_str() {
                "counts" => {
                    format!("no report, as the {} pillar is counted from a tally", row.pillar)
                }
                _ => format!("no tally, as the {} pillar is counted from programmes", row.pillar),
            },
            value: row.pillar,
        });
        Ok(faults.collect())
    }

    /// Writes the staged tallies, whose pillars are claimed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn write_staged_tallies(&mut self, given: &Given) -> Result<()> {
        sqlx::query!(
            "insert into tally
                 (evaluation_id, pillar, running, planned, not_due, source, principal, record_time)
             select evaluation_id, pillar, running, planned, not_due, source, $1, $2
             from import_row
             order by evaluation_id, pillar
             on conflict (evaluation_id, pillar) do update
             set running = excluded.running, planned = excluded.planned, not_due = excluded.not_due,
                 source = excluded.source, principal = excluded.principal,
                 record_time = excluded.record_time",
            given.principal.as_str(),
            given.time,
        )
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Writes the staged reports, whose programmes are registered and pillars claimed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn write_staged_reports(&mut self, given: &Given) -> Result<()> {
        sqlx::query!(
            "insert into program_report
                 (evaluation_id, region_id, program_id, pillar, status, reason, principal, record_time,
                  budget, realised_budget, quick_win)
             select evaluation_id, region_id, program_id, program.pillar, status, reason, $1, $2,
                    import_row.budget, realised_budget, import_row.quick_win
             from import_row
             join program using (region_id, program_id)
             order by evaluation_id, program_id
             on conflict (evaluation_id, program_id) do update
             set status = excluded.status, reason = excluded.reason, principal = excluded.principal,
                 record_time = excluded.record_time, budget = excluded.budget,
                 realised_budget = excluded.realised_budget, quick_win = excluded.quick_win",
            given.principal.as_str(),
            given.time,
        )
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Writes the staged scores.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn write_staged_scores(&mut self, given: &Given) -> Result<()> {
        sqlx::query!(
            "insert into pillar_score (evaluation_id, pillar, score, source, principal, record_time)
             select evaluation_id, pillar, score, source, $1, $2
             from import_row
             where pillar is not null
             order by evaluation_id, pillar
             on conflict (evaluation_id, pillar) do update
             set score = excluded.score, source = excluded.source, principal = excluded.principal,
                 record_time = excluded.record_time",
            given.principal.as_str(),
            given.time,
        )
        .execute(&mut *self.transaction)
        .await?;
        sqlx::query!(
            "insert into component_score
                 (evaluation_id, component, score, source, principal, record_time)
             select evaluation_id, component, score, source, $1, $2
             from import_row
             where component is not null
             order by evaluation_id, component
             on conflict (evaluation_id, component) do update
             set score = excluded.score, source = excluded.source, principal = excluded.principal,
                 record_time = excluded.record_time",
            given.principal.as_str(),
            given.time,
        )
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// The faults of staged reports by which a programme would be a quick win more often than `limit`
    /// allows. The reports are written: those of other cycles are of other evaluations, and follow.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn staged_quick_wins_repeated(
        &mut self,
        limit: Option<u32>,
    ) -> Result<Vec<RowFault>> {
        if limit.is_none() {
            return Ok(Vec::new());
        }
        sqlx::query!(
            "select from program
             where (region_id, program_id) in (
                 select region_id, program_id from import_row where quick_win)
             order by region_id, program_id
             for no key update",
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        let rows = sqlx::query!(
            "select row_number, import_row.program_id as \"program_id!\", cycle_id
             from import_row
             join program_report report using (region_id, program_id)
             join evaluation on evaluation.evaluation_id = report.evaluation_id
             where import_row.quick_win and report.quick_win
               and state not in ('withdrawn', 'not_assessable')",
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        let mut by_row: BTreeMap<u32, QuickWins> = BTreeMap::new();
        for row in rows {
            let program = stored(ProgramId::parse(&row.program_id))?;
            let cycles = by_row.entry(row_number(row.row_number)).or_default();
            cycles.entry(program).or_default().insert(stored(CycleId::parse(&row.cycle_id))?);
        }
        let repeated = by_row.into_iter().filter_map(|(row, quick_wins)| {
            let repeated = check_repeats(limit, quick_wins).err()?;
            Some(RowFault {
                row,
                column: "quick_win".to_owned(),
                value: "TRUE".to_owned(),
                allowed: format!("FALSE: {repeated}"),
            })
        });
        Ok(repeated.collect())
    }
}
