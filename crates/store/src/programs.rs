//! Programmes of the regions' masterplans.

use takar_domain::{
    name::{ProgramId, RegionCode},
    registry::Program,
    vocabulary::Pillar,
};

use crate::{
    connection::Store,
    error::{Error, OnConstraint, Resource, Result, stored},
    page::Page,
    write::Write,
};

struct ProgramRow {
    region_code: String,
    program_id: String,
    pillar: String,
    display_name: String,
    owner_agency: String,
    flagship: bool,
    quick_win: bool,
    source: String,
}

impl ProgramRow {
    fn into_program(self) -> Result<Program> {
        Ok(Program {
            region: stored(RegionCode::parse(&self.region_code))?,
            id: stored(ProgramId::parse(&self.program_id))?,
            pillar: stored(Pillar::parse(&self.pillar))?,
            display_name: self.display_name,
            owner_agency: self.owner_agency,
            flagship: self.flagship,
            quick_win: self.quick_win,
            source: self.source,
        })
    }
}

impl Store {
    /// The programme of a region, by its current or a former code.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn program(&self, region: &RegionCode, id: &ProgramId) -> Result<Program> {
        sqlx::query_as!(
            ProgramRow,
            r#"
            select current.code as region_code, program_id, pillar, display_name, owner_agency,
                   flagship, quick_win, program.source
            from region_code asked
            join program using (region_id)
            join region_code current on current.region_id = asked.region_id and current.is_current
            where asked.code = $1 and program_id = $2
            "#,
            region.as_str(),
            id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?
        .ok_or_else(|| Error::NotFound(Resource::Program(region.clone(), id.clone())))?
        .into_program()
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
                   quick_win, program.source
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
    pub async fn create_program(&mut self, program: &Program) -> Result<()> {
        let inserted = sqlx::query!(
            "insert into program
                 (region_id, program_id, pillar, display_name, owner_agency, flagship, quick_win, source)
             select region_id, $2, $3, $4, $5, $6, $7, $8 from region_code where code = $1",
            program.region.as_str(),
            program.id.as_str(),
            program.pillar.as_str(),
            program.display_name,
            program.owner_agency,
            program.flagship,
            program.quick_win,
            program.source,
        )
        .execute(&mut *self.transaction)
        .await
        .on_constraint("program_pkey", || {
            Error::AlreadyExists(Resource::Program(program.region.clone(), program.id.clone()))
        })?;
        match inserted.rows_affected() {
            0 => Err(Error::NotFound(Resource::Region(program.region.clone()))),
            _ => Ok(()),
        }
    }
}
