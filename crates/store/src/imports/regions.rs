//! The regions that an import has rows of, and what came of each.

use std::collections::HashMap;

use takar_domain::{
    import::{Counts, ImportId},
    name::RegionCode,
};

use super::{count, stored_count};
use crate::{
    connection::Store,
    error::{Result, stored},
    write::Write,
};

/// A region that rows are of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImportRegion {
    pub(super) region_id: i64,
    /// Its current code.
    pub code: RegionCode,
}

impl Store {
    /// The regions with these current or former codes; those that there are.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn import_regions(
        &self,
        codes: &[RegionCode],
    ) -> Result<HashMap<RegionCode, ImportRegion>> {
        let codes: Vec<_> = codes.iter().map(|code| code.as_str().to_owned()).collect();
        let rows = sqlx::query!(
            "select asked.code as asked, current.code, region_id
             from region_code asked
             join region_code current using (region_id)
             where asked.code = any ($1) and current.is_current",
            &codes,
        )
        .fetch_all(&self.pool)
        .await?;
        let region = |row: &str| stored(RegionCode::parse(row));
        rows.into_iter()
            .map(|row| {
                let found = ImportRegion { region_id: row.region_id, code: region(&row.code)? };
                Ok((region(&row.asked)?, found))
            })
            .collect()
    }
}

impl Write {
    /// Notes that a region's rows are written; false where they were before, by this import.
    ///
    /// Called first, so that of two at the same time the second waits, and then leaves it alone.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn claim_import_region(
        &mut self,
        id: &ImportId,
        region: &ImportRegion,
    ) -> Result<bool> {
        let claimed = sqlx::query!(
            "insert into import_region
                 (import_id, region_id, rows_created, rows_updated, rows_unchanged,
                  evaluations_created)
             values ($1, $2, 0, 0, 0, 0)
             on conflict (import_id, region_id) do nothing",
            id.as_str(),
            region.region_id,
        )
        .execute(&mut *self.transaction)
        .await?;
        Ok(claimed.rows_affected() == 1)
    }

    /// Notes what a claimed region's rows did.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn settle_import_region(
        &mut self,
        id: &ImportId,
        region: &ImportRegion,
        counts: &Counts,
    ) -> Result<()> {
        sqlx::query!(
            "update import_region
             set rows_created = $3, rows_updated = $4, rows_unchanged = $5, evaluations_created = $6
             where import_id = $1 and region_id = $2",
            id.as_str(),
            region.region_id,
            stored_count(counts.rows_created),
            stored_count(counts.rows_updated),
            stored_count(counts.rows_unchanged),
            stored_count(counts.evaluations_created),
        )
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// What the regions that are written came to, together.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn import_counts(&mut self, id: &ImportId) -> Result<Counts> {
        let sums = sqlx::query!(
            r#"select count(*)::int as "regions!", coalesce(sum(rows_created), 0)::int as "created!",
                      coalesce(sum(rows_updated), 0)::int as "updated!",
                      coalesce(sum(rows_unchanged), 0)::int as "unchanged!",
                      coalesce(sum(evaluations_created), 0)::int as "evaluations!"
               from import_region
               where import_id = $1"#,
            id.as_str(),
        )
        .fetch_one(&mut *self.transaction)
        .await?;
        Ok(Counts {
            rows_created: count(sums.created),
            rows_updated: count(sums.updated),
            rows_unchanged: count(sums.unchanged),
            regions_written: count(sums.regions),
            evaluations_created: count(sums.evaluations),
        })
    }
}
