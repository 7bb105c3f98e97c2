//! What becomes of regions: new names.

use takar_domain::{name::RegionCode, registry::Region};

use crate::{
    error::Result,
    regions::{region, region_id},
    write::Write,
};

/// A region whose row is locked until the write ends.
#[derive(Clone, Debug)]
pub struct LockedRegion {
    region_id: i64,
    /// The region, as it is before the write.
    pub region: Region,
}

impl Write {
    /// Locks a region, by its current or a former code: writers of one region follow each other.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn lock_region(&mut self, code: &RegionCode) -> Result<LockedRegion> {
        let region_id = region_id(&mut self.transaction, code).await?;
        self.lock_region_rows(&[region_id]).await?;
        let region = region(&mut self.transaction, code).await?;
        Ok(LockedRegion { region_id, region })
    }

    /// Locks rows of regions and of their current codes, in one order for all writers. The lock of
    /// the code keeps new regions from being registered under a province meanwhile.
    async fn lock_region_rows(&mut self, ids: &[i64]) -> Result<()> {
        sqlx::query!(
            "select from region where region_id = any ($1) order by region_id for update",
            ids,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        sqlx::query!(
            "select from region_code
             where region_id = any ($1) and is_current
             order by region_id
             for update",
            ids,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        Ok(())
    }

    /// Renames a region and keeps its former name; its own name again changes nothing.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rename_region(
        &mut self,
        locked: &LockedRegion,
        display_name: &str,
    ) -> Result<Region> {
        sqlx::query!(
            "with former as (
                 insert into region_name (region_id, display_name)
                 select region_id, display_name
                 from region
                 where region_id = $1 and display_name <> $2
             )
             update region set display_name = $2 where region_id = $1",
            locked.region_id,
            display_name,
        )
        .execute(&mut *self.transaction)
        .await?;
        region(&mut self.transaction, &locked.region.code).await
    }
}
