//! Cycles.

use chrono::{DateTime, NaiveDateTime, Utc};
use sqlx::PgConnection;
use takar_domain::{
    deadline::{Deadline, check_open},
    fault::Fault,
    name::{CycleId, InstrumentId, RegionCode},
    registry::Cycle,
    vocabulary::Zone,
};

use crate::{
    connection::Store,
    error::{Error, OnConstraint, Precondition, Resource, Result, stored},
    page::Page,
    write::Write,
};

struct CycleRow {
    cycle_id: String,
    display_name: String,
    instrument_id: String,
    previous_cycle_id: Option<String>,
    open_time: Option<DateTime<Utc>>,
    deadline: Option<NaiveDateTime>,
    deadline_zone: Option<String>,
    eligible_regions: Vec<String>,
    simulated: bool,
}

impl CycleRow {
    fn into_cycle(self) -> Result<Cycle> {
        let eligible_regions = self.eligible_regions.iter();
        let deadline = match self.deadline.zip(self.deadline_zone) {
            Some((local_time, zone)) => {
                Some(Deadline::new(local_time, stored(Zone::parse(&zone))?))
            }
            None => None,
        };
        Ok(Cycle {
            id: stored(CycleId::parse(&self.cycle_id))?,
            display_name: self.display_name,
            instrument: stored(InstrumentId::parse(&self.instrument_id))?,
            previous_cycle: stored(
                self.previous_cycle_id.as_deref().map(CycleId::parse).transpose(),
            )?,
            open_time: self.open_time,
            deadline,
            eligible_regions: stored(
                eligible_regions.map(|code| RegionCode::parse(code)).collect(),
            )?,
            simulated: self.simulated,
        })
    }
}

impl Store {
    /// The cycle.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn cycle(&self, id: &CycleId) -> Result<Cycle> {
        let mut connection = self.pool.acquire().await?;
        cycle(&mut connection, id).await
    }

    /// Cycles by id, one more than the page where there are more.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn cycles(&self, page: &Page<CycleId>) -> Result<Vec<Cycle>> {
        let mut connection = self.pool.acquire().await?;
        let ids = sqlx::query_scalar!(
            "select cycle_id
             from cycle
             where ($1::text is null or cycle_id > $1)
             order by cycle_id
             limit $2",
            page.after.as_ref().map(CycleId::as_str),
            page.limit(),
        )
        .fetch_all(&mut *connection)
        .await?;
        cycles_by_id(&mut connection, &ids).await
    }
}

impl Write {
    /// Opens a cycle under an instrument, and reads it back: regions are named by their current
    /// codes.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], and [`Error::NotFound`] of the instrument, the previous cycle or the
    /// first eligible region that is not registered.
    pub async fn create_cycle(&mut self, new: &Cycle) -> Result<Cycle> {
        sqlx::query!(
            "insert into cycle
                 (cycle_id, display_name, instrument_id, previous_cycle_id, open_time, deadline,
                  deadline_zone, simulated)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            new.id.as_str(),
            new.display_name,
            new.instrument.as_str(),
            new.previous_cycle.as_ref().map(CycleId::as_str),
            new.open_time,
            new.deadline.map(|deadline| deadline.local_time()),
            new.deadline.map(|deadline| deadline.zone().as_str()),
            new.simulated,
        )
        .execute(&mut *self.transaction)
        .await
        .on_constraint("cycle_pkey", || Error::AlreadyExists(Resource::Cycle(new.id.clone())))
        .on_constraint("cycle_instrument_fkey", || unknown_instrument(new))
        .on_constraint("cycle_previous_cycle_fkey", || unknown_previous_cycle(new))
        .on_constraint("cycle_previous_is_as_real", || simulated_previous_cycle(new))?;
        insert_eligible_regions(&mut self.transaction, new).await?;
        cycle(&mut self.transaction, &new.id).await
    }

    /// Locks a cycle: no evaluation is created meanwhile.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn lock_cycle(&mut self, id: &CycleId) -> Result<Cycle> {
        sqlx::query_scalar!(
            "select cycle_id from cycle where cycle_id = $1 for update",
            id.as_str(),
        )
        .fetch_optional(&mut *self.transaction)
        .await?;
        cycle(&mut self.transaction, id).await
    }

    /// Changes a cycle that is locked, and reads it back.
    ///
    /// # Errors
    /// [`Precondition::CycleInUse`], [`Error::NotFound`] as [`create_cycle`](Self::create_cycle), and
    /// [`Error::Refused`] where the cycle would come before itself.
    pub async fn update_cycle(&mut self, before: &Cycle, after: &Cycle) -> Result<Cycle> {
        if after.instrument != before.instrument {
            self.check_unused(after, "its instrument stays as it is").await?;
        }
        if after.previous_cycle != before.previous_cycle {
            self.check_unused(after, "the cycle before it stays as it is").await?;
            self.check_no_circle(after).await?;
        }
        sqlx::query!(
            "update cycle
             set display_name = $2, instrument_id = $3, previous_cycle_id = $4, open_time = $5,
                 deadline = $6, deadline_zone = $7
             where cycle_id = $1",
            after.id.as_str(),
            after.display_name,
            after.instrument.as_str(),
            after.previous_cycle.as_ref().map(CycleId::as_str),
            after.open_time,
            after.deadline.map(|deadline| deadline.local_time()),
            after.deadline.map(|deadline| deadline.zone().as_str()),
        )
        .execute(&mut *self.transaction)
        .await
        .on_constraint("cycle_instrument_fkey", || unknown_instrument(after))
        .on_constraint("cycle_previous_cycle_fkey", || unknown_previous_cycle(after))
        .on_constraint("cycle_previous_is_as_real", || simulated_previous_cycle(after))?;
        if after.eligible_regions != before.eligible_regions {
            self.replace_eligible_regions(after).await?;
        }
        cycle(&mut self.transaction, &after.id).await
    }

    async fn check_unused(&mut self, cycle: &Cycle, kept: &'static str) -> Result<()> {
        let is_used = sqlx::query_scalar!(
            r#"select exists (select from evaluation where cycle_id = $1) as "is_used!""#,
            cycle.id.as_str(),
        )
        .fetch_one(&mut *self.transaction)
        .await?;
        if is_used { Err(in_use(cycle, kept)) } else { Ok(()) }
    }

    /// Checks that the cycles before this one do not come back to it.
    async fn check_no_circle(&mut self, cycle: &Cycle) -> Result<()> {
        let Some(previous) = &cycle.previous_cycle else { return Ok(()) };
        // Two changes at once could make a circle of which each sees half.
        sqlx::query!("lock table cycle in share row exclusive mode")
            .execute(&mut *self.transaction)
            .await?;
        let is_circle = sqlx::query_scalar!(
            r#"with recursive before as (
                   select cycle_id, previous_cycle_id from cycle where cycle_id = $2
                   union
                   select cycle.cycle_id, cycle.previous_cycle_id
                   from before
                   join cycle on cycle.cycle_id = before.previous_cycle_id
               )
               select exists (select from before where cycle_id = $1) as "is_circle!""#,
            cycle.id.as_str(),
            previous.as_str(),
        )
        .fetch_one(&mut *self.transaction)
        .await?;
        if is_circle {
            let allowed = "a cycle that does not come after this one";
            let fault = Fault::new(Resource::Cycle(previous.clone()), allowed);
            return Err(Error::Refused(fault.at("cycle.previous_cycle").into()));
        }
        Ok(())
    }

    async fn replace_eligible_regions(&mut self, cycle: &Cycle) -> Result<()> {
        sqlx::query!("delete from cycle_region where cycle_id = $1", cycle.id.as_str())
            .execute(&mut *self.transaction)
            .await?;
        insert_eligible_regions(&mut self.transaction, cycle).await?;
        let leaves_some_out = sqlx::query_scalar!(
            r#"select exists (select from cycle_region where cycle_id = $1)
                      and exists (select from evaluation
                                  where cycle_id = $1
                                    and (cycle_id, region_id) not in
                                        (select cycle_id, region_id from cycle_region))
                      as "leaves_some_out!""#,
            cycle.id.as_str(),
        )
        .fetch_one(&mut *self.transaction)
        .await?;
        if leaves_some_out {
            return Err(in_use(cycle, "regions that have one stay eligible"));
        }
        Ok(())
    }
}

fn in_use(cycle: &Cycle, kept: &'static str) -> Error {
    Precondition::CycleInUse { cycle: Resource::Cycle(cycle.id.clone()), kept }.into()
}

fn unknown_instrument(cycle: &Cycle) -> Error {
    Error::NotFound(Resource::Instrument(cycle.instrument.clone()))
}

fn unknown_previous_cycle(cycle: &Cycle) -> Error {
    let previous = cycle.previous_cycle.clone().unwrap_or_else(|| cycle.id.clone());
    Error::NotFound(Resource::Cycle(previous))
}

fn simulated_previous_cycle(cycle: &Cycle) -> Error {
    let previous = cycle.previous_cycle.as_ref().map(CycleId::as_str).unwrap_or_default();
    let allowed = "a cycle with real results: those of this one are";
    Error::Refused(Fault::new(previous, allowed).at("cycle.previous_cycle").into())
}

/// The cycle, within a transaction of the caller's.
pub(crate) async fn cycle(connection: &mut PgConnection, id: &CycleId) -> Result<Cycle> {
    let mut found = cycles_by_id(connection, &[id.as_str().to_owned()]).await?;
    found.pop().ok_or_else(|| Error::NotFound(Resource::Cycle(id.clone())))
}

/// Those of these cycles that exist, by id.
pub(crate) async fn cycles_by_id(
    connection: &mut PgConnection,
    ids: &[String],
) -> Result<Vec<Cycle>> {
    sqlx::query_as!(
        CycleRow,
        r#"
        select cycle_id, display_name, instrument_id, previous_cycle_id, open_time, deadline,
               deadline_zone, simulated,
               array(select code
                     from cycle_region
                     join region_code using (region_id)
                     where cycle_region.cycle_id = cycle.cycle_id and is_current
                     order by code) as "eligible_regions!"
        from cycle
        where cycle_id = any ($1)
        order by cycle_id
        "#,
        ids,
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(CycleRow::into_cycle)
    .collect()
}

async fn insert_eligible_regions(connection: &mut PgConnection, cycle: &Cycle) -> Result<()> {
    let codes: Vec<_> = cycle.eligible_regions.iter().map(RegionCode::to_string).collect();
    let found = sqlx::query_scalar!(
        "with inserted as (
             insert into cycle_region (cycle_id, region_id)
             select distinct $1, region_id from region_code where code = any ($2)
         )
         select code from region_code where code = any ($2)",
        cycle.id.as_str(),
        &codes,
    )
    .fetch_all(connection)
    .await?;
    let mut regions = cycle.eligible_regions.iter();
    match regions.find(|code| !found.iter().any(|known| known == code.as_str())) {
        Some(unknown) => Err(Error::NotFound(Resource::Region(unknown.clone()))),
        None => Ok(()),
    }
}

/// Checks that the cycle is open, and keeps it as it is until the transaction ends.
pub(crate) async fn keep_open(
    connection: &mut PgConnection,
    id: &CycleId,
    now: DateTime<Utc>,
) -> Result<()> {
    let open_time = sqlx::query_scalar!(
        "select open_time from cycle where cycle_id = $1 for share",
        id.as_str(),
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::NotFound(Resource::Cycle(id.clone())))?;
    let cycle = Resource::Cycle(id.clone());
    check_open(open_time, now)
        .map_err(|not_open| Precondition::CycleNotOpen { cycle, not_open }.into())
}
