//! What becomes of regions: new names and codes.

use takar_domain::{
    name::RegionCode,
    registry::{FormerCode, Region},
};

use crate::{
    error::{Precondition, Resource, Result},
    regions::{CodeRow, insert_code, region, region_id},
    write::Write,
};

/// A region whose row is locked until the write ends.
#[derive(Clone, Debug)]
pub struct LockedRegion {
    region_id: i64,
    /// The region, as it is before the write.
    pub region: Region,
}

impl LockedRegion {
    /// Checks that the region still exists.
    ///
    /// # Errors
    /// [`Precondition::RegionEnded`].
    pub fn check_exists(&self) -> Result<()> {
        match self.region.history.end_date {
            Some(_) => Err(Precondition::RegionEnded(self.resource()).into()),
            None => Ok(()),
        }
    }

    fn resource(&self) -> Resource {
        Resource::Region(self.region.code.clone())
    }
}

impl Write {
    /// Locks a region, by its current or a former code: writers of one region follow each other.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`].
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

    /// Gives a region another code; `former` is what its code becomes.
    ///
    /// # Errors
    /// [`crate::Error::AlreadyExists`] where the code is taken, [`crate::Error::NotFound`] where its province is not
    /// registered, [`Precondition::ProvinceHasRegions`] and [`Precondition::RegionEnded`].
    pub async fn recode_region(
        &mut self,
        locked: &LockedRegion,
        new_code: &RegionCode,
        former: &FormerCode,
    ) -> Result<Region> {
        locked.check_exists()?;
        if self.has_regions(locked).await? {
            return Err(Precondition::ProvinceHasRegions(locked.resource()).into());
        }
        sqlx::query!(
            "update region_code
             set is_current = false, end_date = $2, source = $3
             where code = $1",
            former.code.as_str(),
            former.end_date,
            former.source,
        )
        .execute(&mut *self.transaction)
        .await?;
        insert_code(&mut self.transaction, locked.region_id, &CodeRow::current(new_code)).await?;
        region(&mut self.transaction, new_code).await
    }

    /// Whether regions that have not ended lie in this one.
    async fn has_regions(&mut self, locked: &LockedRegion) -> Result<bool> {
        let has_regions = sqlx::query_scalar!(
            r#"select exists (
                   select from region_code
                   join region using (region_id)
                   where province_code = $1 and is_current and region.end_date is null
               ) as "has_regions!""#,
            locked.region.code.as_str(),
        )
        .fetch_one(&mut *self.transaction)
        .await?;
        Ok(has_regions)
    }
}
