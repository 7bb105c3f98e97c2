//! Cycles.

use takar_domain::{
    name::{CycleId, InstrumentId},
    registry::Cycle,
};

use crate::{
    connection::Store,
    error::{Error, OnConstraint, Resource, Result, stored},
    page::Page,
    write::Write,
};

struct CycleRow {
    cycle_id: String,
    display_name: String,
    instrument_id: String,
    previous_cycle_id: Option<String>,
}

impl CycleRow {
    fn into_cycle(self) -> Result<Cycle> {
        Ok(Cycle {
            id: stored(CycleId::parse(&self.cycle_id))?,
            display_name: self.display_name,
            instrument: stored(InstrumentId::parse(&self.instrument_id))?,
            previous_cycle: stored(
                self.previous_cycle_id.as_deref().map(CycleId::parse).transpose(),
            )?,
        })
    }
}

impl Store {
    /// The cycle.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn cycle(&self, id: &CycleId) -> Result<Cycle> {
        sqlx::query_as!(
            CycleRow,
            "select cycle_id, display_name, instrument_id, previous_cycle_id
             from cycle
             where cycle_id = $1",
            id.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?
        .ok_or_else(|| Error::NotFound(Resource::Cycle(id.clone())))?
        .into_cycle()
    }

    /// Cycles by id, one more than the page where there are more.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn cycles(&self, page: &Page<CycleId>) -> Result<Vec<Cycle>> {
        sqlx::query_as!(
            CycleRow,
            "select cycle_id, display_name, instrument_id, previous_cycle_id
             from cycle
             where ($1::text is null or cycle_id > $1)
             order by cycle_id
             limit $2",
            page.after.as_ref().map(CycleId::as_str),
            page.limit(),
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(CycleRow::into_cycle)
        .collect()
    }
}

impl Write {
    /// Opens a cycle under an instrument.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], and [`Error::NotFound`] of the instrument or the previous cycle.
    pub async fn create_cycle(&mut self, cycle: &Cycle) -> Result<()> {
        sqlx::query!(
            "insert into cycle (cycle_id, display_name, instrument_id, previous_cycle_id)
             values ($1, $2, $3, $4)",
            cycle.id.as_str(),
            cycle.display_name,
            cycle.instrument.as_str(),
            cycle.previous_cycle.as_ref().map(CycleId::as_str),
        )
        .execute(&mut *self.transaction)
        .await
        .on_constraint("cycle_pkey", || Error::AlreadyExists(Resource::Cycle(cycle.id.clone())))
        .on_constraint("cycle_instrument_fkey", || {
            Error::NotFound(Resource::Instrument(cycle.instrument.clone()))
        })
        .on_constraint("cycle_previous_cycle_fkey", || {
            Error::NotFound(Resource::Cycle(
                cycle.previous_cycle.clone().unwrap_or_else(|| cycle.id.clone()),
            ))
        })?;
        Ok(())
    }
}
