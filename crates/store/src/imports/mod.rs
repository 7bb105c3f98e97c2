//! Imports of spreadsheets: how they came out, and their rows on the way into the tables.
//!
//! In reading order: here the imports themselves, [`regions`] of what they have rows; [`staging`] brings
//! rows to the database, [`evaluations`] locks where they go, [`programs`] and [`content`] write them.

mod content;
mod evaluations;
mod programs;
mod regions;
mod staging;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, types::Json};
use takar_domain::{
    access::Principal,
    digest::Sha256Digest,
    import::{Atomicity, Counts, Import, ImportId, Kind, Order, Outcome, RowFault, State},
    name::{CycleId, RegionCode},
};

pub use self::{
    evaluations::{ImportedEvaluation, Unbegun},
    programs::ImportedProgram,
    regions::ImportRegion,
    staging::StagedRow,
};
use crate::{
    connection::Store,
    error::{Error, Resource, Result, stored},
    page::Page,
    regions::region_id,
    write::Write,
};

/// Which imports a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportFilter {
    /// Those that are limited to this region, by its current or a former code.
    pub region: Option<RegionCode>,
}

struct ImportRow {
    position: i64,
    region_code: Option<String>,
    kind: String,
    cycle_id: Option<String>,
    atomicity: String,
    source: String,
    sheet: String,
    sha256: Vec<u8>,
    state: String,
    rows: i32,
    rows_created: i32,
    rows_updated: i32,
    rows_unchanged: i32,
    regions: i32,
    regions_written: i32,
    evaluations_created: i32,
    error_count: i32,
    errors: Json<Vec<RowFault>>,
    principal: String,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
}

impl ImportRow {
    fn into_import(self) -> Result<Import> {
        let sha256 = self.sha256.try_into();
        let sha256 = sha256.map_err(|_| Error::Unreadable("a digest of another length".into()))?;
        let order = Order {
            region: stored(self.region_code.as_deref().map(RegionCode::parse).transpose())?,
            kind: stored(Kind::parse(&self.kind))?,
            cycle: stored(self.cycle_id.as_deref().map(CycleId::parse).transpose())?,
            atomicity: stored(Atomicity::parse(&self.atomicity))?,
            source: self.source,
            sheet: self.sheet,
            sha256: Sha256Digest::from_bytes(sha256),
        };
        let outcome = Outcome {
            state: stored(State::parse(&self.state))?,
            rows: count(self.rows),
            regions: count(self.regions),
            counts: Counts {
                rows_created: count(self.rows_created),
                rows_updated: count(self.rows_updated),
                rows_unchanged: count(self.rows_unchanged),
                regions_written: count(self.regions_written),
                evaluations_created: count(self.evaluations_created),
            },
            error_count: count(self.error_count),
            errors: self.errors.0,
        };
        Ok(Import {
            order,
            outcome,
            principal: stored(Principal::parse(&self.principal))?,
            create_time: self.create_time,
            update_time: self.update_time,
        })
    }
}

/// A count as it is stored.
fn stored_count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn count(stored: i32) -> usize {
    usize::try_from(stored).unwrap_or_default()
}

impl Store {
    /// The import.
    ///
    /// # Errors
    /// [`Error::NotFound`], where it is limited to another region too.
    pub async fn import(&self, region: Option<&RegionCode>, id: &ImportId) -> Result<Import> {
        let mut connection = self.pool.acquire().await?;
        let missing = || Error::NotFound(Resource::Import(region.cloned(), id.clone()));
        let limit = match region {
            Some(code) => match region_id(&mut connection, code).await {
                Err(Error::NotFound(_)) => return Err(missing()),
                found => Some(found?),
            },
            None => None,
        };
        import(&mut connection, limit, id).await?.ok_or_else(missing)
    }

    /// Imports, newest first, with their places in the list, one more than the page where there are
    /// more; without their faults.
    ///
    /// # Errors
    /// [`Error::NotFound`] of the region.
    pub async fn imports(
        &self,
        filter: &ImportFilter,
        page: &Page<i64>,
    ) -> Result<Vec<(i64, Import)>> {
        let mut connection = self.pool.acquire().await?;
        let region_id = match &filter.region {
            Some(code) => Some(region_id(&mut connection, code).await?),
            None => None,
        };
        sqlx::query_as!(
            ImportRow,
            r#"
            select position, code as "region_code?", kind, cycle_id, atomicity, import.source, sheet,
                   sha256, state, rows, rows_created, rows_updated, rows_unchanged, regions,
                   regions_written, evaluations_created, error_count,
                   '[]'::jsonb as "errors!: Json<Vec<RowFault>>", principal, create_time, update_time
            from import
            left join region_code on region_code.region_id = import.region_id and is_current
            where ($1::bigint is null or position < $1)
              and ($2::bigint is null or import.region_id = $2)
            order by position desc
            limit $3
            "#,
            page.after,
            region_id,
            page.limit(),
        )
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .map(|row| Ok((row.position, row.into_import()?)))
        .collect()
    }

    /// How many imports there are.
    ///
    /// # Errors
    /// [`Error::NotFound`] of the region.
    pub async fn count_imports(&self, filter: &ImportFilter) -> Result<i64> {
        let mut connection = self.pool.acquire().await?;
        let region_id = match &filter.region {
            Some(code) => Some(region_id(&mut connection, code).await?),
            None => None,
        };
        let count = sqlx::query_scalar!(
            r#"select count(*) as "count!" from import where $1::bigint is null or region_id = $1"#,
            region_id,
        )
        .fetch_one(&mut *connection)
        .await?;
        Ok(count)
    }
}

impl Write {
    /// Begins an import, or takes up one that was begun; the second part of the answer is how it was
    /// before, where it was there. Of the same imports at the same time, all but the first wait here.
    ///
    /// # Errors
    /// [`Error::NotFound`] of the region.
    pub async fn claim_import(
        &mut self,
        order: &Order,
        outcome: &Outcome,
    ) -> Result<(Import, Option<Import>)> {
        let id = order.id();
        let principal = self.caller().principal;
        let limit = match &order.region {
            Some(code) => Some(region_id(&mut self.transaction, code).await?),
            None => None,
        };
        let inserted = sqlx::query!(
            "insert into import
                 (import_id, region_id, kind, cycle_id, atomicity, source, sheet, sha256, state, rows,
                  rows_created, rows_updated, rows_unchanged, regions, regions_written,
                  evaluations_created, error_count, errors, principal)
             values ($1, $2, $3, $4, $5, $6, $7, $8, 'running', $9, 0, 0, 0, $10, 0, 0, 0, '[]', $11)
             on conflict (import_id) do nothing",
            id.as_str(),
            limit,
            order.kind.as_str(),
            order.cycle.as_ref().map(CycleId::as_str),
            order.atomicity.as_str(),
            order.source,
            order.sheet,
            order.sha256.as_bytes(),
            stored_count(outcome.rows),
            stored_count(outcome.regions),
            principal.as_str(),
        )
        .execute(&mut *self.transaction)
        .await?;
        sqlx::query!("select from import where import_id = $1 for update", id.as_str())
            .fetch_one(&mut *self.transaction)
            .await?;
        let claimed = self.claimed(order).await?;
        let before = (inserted.rows_affected() == 0).then(|| claimed.clone());
        Ok((claimed, before))
    }

    /// Notes how far a claimed import has come, or how it ended.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn settle_import(&mut self, order: &Order, outcome: &Outcome) -> Result<Import> {
        let Outcome { state, rows, regions, counts, error_count, errors } = outcome;
        let now = self.now().await?;
        let (id, principal) = (order.id(), self.caller().principal);
        sqlx::query!(
            "update import
             set state = $2, rows = $3, regions = $4, rows_created = $5, rows_updated = $6,
                 rows_unchanged = $7, regions_written = $8, evaluations_created = $9,
                 error_count = $10, errors = $11, principal = $12, update_time = $13
             where import_id = $1",
            id.as_str(),
            state.as_str(),
            stored_count(*rows),
            stored_count(*regions),
            stored_count(counts.rows_created),
            stored_count(counts.rows_updated),
            stored_count(counts.rows_unchanged),
            stored_count(counts.regions_written),
            stored_count(counts.evaluations_created),
            stored_count(*error_count),
            Json(errors) as _,
            principal.as_str(),
            now,
        )
        .execute(&mut *self.transaction)
        .await?;
        self.claimed(order).await
    }

    async fn claimed(&mut self, order: &Order) -> Result<Import> {
        let id = order.id();
        let missing = || Error::NotFound(Resource::Import(order.region.clone(), id.clone()));
        import(&mut self.transaction, None, &id).await?.ok_or_else(missing)
    }
}

async fn import(
    connection: &mut PgConnection,
    region_id: Option<i64>,
    id: &ImportId,
) -> Result<Option<Import>> {
    sqlx::query_as!(
        ImportRow,
        r#"
        select position, code as "region_code?", kind, cycle_id, atomicity, import.source, sheet, sha256, state,
               rows, rows_created, rows_updated, rows_unchanged, regions, regions_written,
               evaluations_created, error_count, errors as "errors: Json<Vec<RowFault>>", principal,
               create_time, update_time
        from import
        left join region_code on region_code.region_id = import.region_id and is_current
        where import_id = $1 and ($2::bigint is null or import.region_id = $2)
        "#,
        id.as_str(),
        region_id,
    )
    .fetch_optional(connection)
    .await?
    .map(ImportRow::into_import)
    .transpose()
}
