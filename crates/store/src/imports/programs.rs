//! Staged programmes into the registry.

use takar_domain::{import::RowFault, registry::Program};

use super::ImportRegion;
use crate::{error::Result, programs::ProgramRow, write::Write};

/// A programme that is registered already under the name of a staged row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedProgram {
    /// The number of the row.
    pub row: u32,
    /// The programme, as it is.
    pub program: Program,
}

impl Write {
    /// Keeps programmes of these regions from being registered by others until the write ends, so that
    /// what is new stays so.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_programs(&mut self, regions: &[&ImportRegion]) -> Result<()> {
        let ids: Vec<_> = regions.iter().map(|region| region.region_id).collect();
        // Whoever registers a programme takes a share of its region's key.
        sqlx::query!(
            "select from region where region_id = any ($1) order by region_id for update",
            &ids,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// The programmes that are there already, locked.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn staged_programs_there(&mut self) -> Result<Vec<ImportedProgram>> {
        let rows = sqlx::query!(
            r#"
            select row_number, code, program.program_id, program.pillar, program.display_name,
                   program.owner_agency, program.flagship, program.quick_win, program.source,
                   program.first_year, program.last_year, program.budget::text
            from import_row
            join program using (region_id, program_id)
            join region_code using (region_id)
            where is_current
            order by program.region_id, program.program_id
            for update of program
            "#,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        let programs = rows.into_iter().map(|row| {
            let program = ProgramRow {
                region_code: row.code,
                program_id: row.program_id,
                pillar: row.pillar,
                display_name: row.display_name,
                owner_agency: row.owner_agency,
                flagship: row.flagship,
                quick_win: row.quick_win,
                source: row.source,
                first_year: row.first_year,
                last_year: row.last_year,
                budget: row.budget,
            };
            let program = program.into_program()?;
            Ok(ImportedProgram { row: row_number(row.row_number), program })
        });
        programs.collect()
    }

    /// The rows that would bring a programme under another pillar although an evaluation has a report
    /// on it: the reports of a pillar are counted together.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn staged_programs_in_use(&mut self) -> Result<Vec<RowFault>> {
        let rows = sqlx::query!(
            r#"
            select row_number, import_row.pillar as "wanted!", program.pillar
            from import_row
            join program using (region_id, program_id)
            where import_row.pillar <> program.pillar
              and exists (
                  select from program_report report
                  where report.region_id = program.region_id and report.program_id = program.program_id)
            "#,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        let faults = rows.into_iter().map(|row| RowFault {
            row: row_number(row.row_number),
            column: "pillar".to_owned(),
            value: row.wanted,
            allowed: format!("{}, as an evaluation has a report on the programme", row.pillar),
        });
        Ok(faults.collect())
    }

    /// Writes the staged programmes: the new ones, and those that differ from what is there.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn write_staged_programs(&mut self) -> Result<()> {
        sqlx::query!(
            "insert into program
                 (region_id, program_id, pillar, display_name, owner_agency, flagship, quick_win, source,
                  first_year, last_year, budget)
             select region_id, program_id, pillar, display_name, owner_agency, flagship, quick_win,
                    source, first_year, last_year, budget
             from import_row
             where not exists (
                 select from program
                 where program.region_id = import_row.region_id
                   and program.program_id = import_row.program_id)
             order by region_id, program_id",
        )
        .execute(&mut *self.transaction)
        .await?;
        sqlx::query!(
            "update program
             set pillar = wanted.pillar, display_name = wanted.display_name,
                 owner_agency = wanted.owner_agency, flagship = wanted.flagship,
                 quick_win = wanted.quick_win, source = wanted.source, first_year = wanted.first_year,
                 last_year = wanted.last_year, budget = wanted.budget
             from import_row wanted
             where program.region_id = wanted.region_id and program.program_id = wanted.program_id
               and (program.pillar, program.display_name, program.owner_agency, program.flagship,
                    program.quick_win, program.source, program.first_year, program.last_year,
                    program.budget::text)
                   is distinct from
                   (wanted.pillar, wanted.display_name, wanted.owner_agency, wanted.flagship,
                    wanted.quick_win, wanted.source, wanted.first_year, wanted.last_year,
                    wanted.budget::text)",
        )
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}

/// A row's number as it was staged.
pub(super) fn row_number(stored: i32) -> u32 {
    u32::try_from(stored).unwrap_or_default()
}
