//! Programmes of the regions' masterplans.

use sqlx::PgConnection;
use takar_domain::{
    name::{ProgramId, RegionCode},
    registry::{PlannedYears, Program},
    rupiah::Rupiah,
    vocabulary::Pillar,
};

use crate::{
    connection::Store,
    error::{Error, OnConstraint, Precondition, Resource, Result, stored},
    page::Page,
    regions::region_id,
    write::Write,
};

/// A programme's row.
pub(crate) struct ProgramRow {
    pub(crate) region_code: String,
    pub(crate) program_id: String,
    pub(crate) pillar: String,
    pub(crate) display_name: String,
    pub(crate) owner_agency: String,
    pub(crate) flagship: bool,
    pub(crate) quick_win: bool,
    pub(crate) source: String,
    pub(crate) first_year: Option<i32>,
    pub(crate) last_year: Option<i32>,
    pub(crate) budget: Option<String>,
}

impl ProgramRow {
    pub(crate) fn into_program(self) -> Result<Program> {
        let (first, last) = (self.first_year.unwrap_or(0), self.last_year.unwrap_or(0));
        let years = PlannedYears::parse(first, last)
            .map_err(|faults| Error::Unreadable(Box::new(faults)))?;
        Ok(Program {
            region: stored(RegionCode::parse(&self.region_code))?,
            id: stored(ProgramId::parse(&self.program_id))?,
            pillar: stored(Pillar::parse(&self.pillar))?,
            display_name: self.display_name,
            owner_agency: self.owner_agency,
            flagship: self.flagship,
            quick_win: self.quick_win,
            source: self.source,
            years,
            budget: stored(self.budget.as_deref().map(Rupiah::parse).transpose())?,
        })
    }
}

impl Store {
    /// The programme of a region, by its current or a former code.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn program(&self, region: &RegionCode, id: &ProgramId) -> Result<Program> {
        let mut connection = self.pool.acquire().await?;
        program(&mut connection, region, id).await
    }

    /// Programmes of a region by id, one more than the page where there are more.
    ///
    /// # Errors
    /// [`Error::NotFound`] of the region.
    pub async fn programs(
        &self,
        region: &RegionCode,
        page: &Page<ProgramId>,
    ) -> Result<Vec<Program>> {
        let region = self.region(region).await?;
        sqlx::query_as!(
            ProgramRow,
            r#"
            select code as region_code, program_id, pillar, display_name, owner_agency, flagship,
                   quick_win, program.source, first_year, last_year, budget::text
            from region_code
            join program using (region_id)
            where code = $1 and ($2::text is null or program_id > $2)
            order by program_id
            limit $3
            "#,
            region.code.as_str(),
            page.after.as_ref().map(ProgramId::as_str),
            page.limit(),
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(ProgramRow::into_program)
        .collect()
    }
}

impl Write {
    /// Registers a programme of a region, by its current or a former code.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], and [`Error::NotFound`] of the region.
    pub async fn create_program(&mut self, new: &Program) -> Result<Program> {
        let region_id = region_id(&mut self.transaction, &new.region).await?;
        sqlx::query!(
            "insert into program
                 (region_id, program_id, pillar, display_name, owner_agency, flagship, quick_win, source,
                  first_year, last_year, budget)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text::numeric)",
            region_id,
            new.id.as_str(),
            new.pillar.as_str(),
            new.display_name,
            new.owner_agency,
            new.flagship,
            new.quick_win,
            new.source,
            new.years.first(),
            new.years.last(),
            new.budget.map(|budget| budget.to_string()),
        )
        .execute(&mut *self.transaction)
        .await
        .on_constraint("program_pkey", || {
            Error::AlreadyExists(Resource::Program(new.region.clone(), new.id.clone()))
        })?;
        program(&mut self.transaction, &new.region, &new.id).await
    }

    /// Locks a programme: those who change it or report on it follow each other.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn lock_program(&mut self, region: &RegionCode, id: &ProgramId) -> Result<Program> {
        sqlx::query!(
            "select program_id
             from program
             join region_code using (region_id)
             where code = $1 and program_id = $2
             for update of program",
            region.as_str(),
            id.as_str(),
        )
        .fetch_optional(&mut *self.transaction)
        .await?;
        program(&mut self.transaction, region, id).await
    }

    /// Gives a locked programme other content.
    ///
    /// # Errors
    /// [`Precondition::ProgramInUse`] where it would come under another pillar although an evaluation
    /// has a report on it.
    pub async fn update_program(&mut self, changed: &Program) -> Result<Program> {
        let region_id = region_id(&mut self.transaction, &changed.region).await?;
        sqlx::query!(
            "update program
             set pillar = $3, display_name = $4, owner_agency = $5, flagship = $6, quick_win = $7,
                 source = $8, first_year = $9, last_year = $10, budget = $11::text::numeric
             where region_id = $1 and program_id = $2",
            region_id,
            changed.id.as_str(),
            changed.pillar.as_str(),
            changed.display_name,
            changed.owner_agency,
            changed.flagship,
            changed.quick_win,
            changed.source,
            changed.years.first(),
            changed.years.last(),
            changed.budget.map(|budget| budget.to_string()),
        )
        .execute(&mut *self.transaction)
        .await
        .on_constraint("program_report_program_fkey", || {
            let program = Resource::Program(changed.region.clone(), changed.id.clone());
            Precondition::ProgramInUse(program).into()
        })?;
        program(&mut self.transaction, &changed.region, &changed.id).await
    }
}

/// The programme, within a transaction of the caller's.
async fn program(
    connection: &mut PgConnection,
    region: &RegionCode,
    id: &ProgramId,
) -> Result<Program> {
    sqlx::query_as!(
        ProgramRow,
        r#"
        select current.code as region_code, program_id, pillar, display_name, owner_agency,
               flagship, quick_win, program.source, first_year, last_year, budget::text
        from region_code asked
        join program using (region_id)
        join region_code current on current.region_id = asked.region_id and current.is_current
        where asked.code = $1 and program_id = $2
        "#,
        region.as_str(),
        id.as_str(),
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::NotFound(Resource::Program(region.clone(), id.clone())))?
    .into_program()
}
