//! What becomes of regions: new names and codes, splits and mergers.

use takar_domain::{
    name::RegionCode,
    region_history::RegionEvent,
    registry::{FormerCode, Region},
    vocabulary::RegionChange,
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

    /// Locks a region and others, by current or former codes, in one order for all writers.
    ///
    /// # Errors
    /// [`crate::Error::NotFound`] of the first that is not registered.
    pub async fn lock_regions(
        &mut self,
        one: &RegionCode,
        others: &[RegionCode],
    ) -> Result<(LockedRegion, Vec<LockedRegion>)> {
        let mut ids = vec![region_id(&mut self.transaction, one).await?];
        for code in others {
            ids.push(region_id(&mut self.transaction, code).await?);
        }
        self.lock_region_rows(&ids).await?;
        let one = self.lock_region(one).await?;
        let mut locked = Vec::new();
        for code in others {
            locked.push(self.lock_region(code).await?);
        }
        Ok((one, locked))
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

    /// Registers regions that were split from one, which stays; it and they, as they are then.
    ///
    /// # Errors
    /// [`Precondition::RegionEnded`], and those of registering a region.
    pub async fn split_region(
        &mut self,
        locked: &LockedRegion,
        successors: &[Region],
        event: &RegionEvent,
    ) -> Result<(Region, Vec<Region>)> {
        locked.check_exists()?;
        self.create_regions(successors).await?;
        let mut created = Vec::new();
        for successor in successors {
            let successor = self.lock_region(&successor.code).await?;
            self.relate((locked, &successor), RegionChange::Split, event).await?;
            created.push(region(&mut self.transaction, &successor.region.code).await?);
        }
        Ok((region(&mut self.transaction, &locked.region.code).await?, created))
    }

    /// Ends regions that were merged into another one; it and they, as they are then.
    ///
    /// # Errors
    /// [`Precondition::RegionEnded`] and [`Precondition::ProvinceHasRegions`].
    pub async fn merge_regions(
        &mut self,
        sources: &[LockedRegion],
        into: &LockedRegion,
        event: &RegionEvent,
    ) -> Result<(Region, Vec<Region>)> {
        into.check_exists()?;
        let mut ended = Vec::new();
        for source in sources {
            source.check_exists()?;
            if self.has_regions(source).await? {
                return Err(Precondition::ProvinceHasRegions(source.resource()).into());
            }
            self.relate((source, into), RegionChange::Merge, event).await?;
            sqlx::query!(
                "update region set end_date = $2 where region_id = $1",
                source.region_id,
                event.change_date,
            )
            .execute(&mut *self.transaction)
            .await?;
            ended.push(region(&mut self.transaction, &source.region.code).await?);
        }
        Ok((region(&mut self.transaction, &into.region.code).await?, ended))
    }

    async fn relate(
        &mut self,
        (predecessor, successor): (&LockedRegion, &LockedRegion),
        change: RegionChange,
        event: &RegionEvent,
    ) -> Result<()> {
        sqlx::query!(
            "insert into region_lineage (predecessor_id, successor_id, kind, change_date, source)
             values ($1, $2, $3, $4, $5)",
            predecessor.region_id,
            successor.region_id,
            change.as_str(),
            event.change_date,
            event.source,
        )
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
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
