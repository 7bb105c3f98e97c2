//! What an index is compared with: the region's published index of an earlier cycle.

use std::collections::HashMap;

use sqlx::PgConnection;
use takar_domain::{
    exact::Exact,
    name::{CycleId, InstrumentId},
    scorecard::EarlierIndex,
};

use crate::error::{Result, stored};

struct EarlierIndexRow {
    evaluation_id: i64,
    cycle_id: String,
    revision: i32,
    instrument_id: String,
    exact: String,
}

impl EarlierIndexRow {
    fn into_earlier_index(self) -> Result<(i64, EarlierIndex)> {
        let Self { evaluation_id, cycle_id, revision, instrument_id, exact } = self;
        let earlier = EarlierIndex {
            cycle: stored(CycleId::parse(&cycle_id))?,
            revision,
            instrument: stored(InstrumentId::parse(&instrument_id))?,
            index: stored(Exact::try_from(exact))?,
        };
        Ok((evaluation_id, earlier))
    }
}

/// For each of these evaluations, the newest published index of the nearest earlier cycle in which
/// the region has one.
pub(crate) async fn earlier_indexes(
    connection: &mut PgConnection,
    ids: &[i64],
) -> Result<HashMap<i64, EarlierIndex>> {
    sqlx::query_as!(
        EarlierIndexRow,
        r#"
        with recursive earlier (evaluation_id, region_id, cycle_id, distance) as (
            select evaluation_id, region_id, previous_cycle_id, 1
            from evaluation
            join cycle using (cycle_id)
            where evaluation_id = any ($1)
            union all
            select evaluation_id, region_id, previous_cycle_id, distance + 1
            from earlier
            join cycle using (cycle_id)
        )
        select distinct on (earlier.evaluation_id)
               earlier.evaluation_id as "evaluation_id!", cycle_id as "cycle_id!", revision,
               instrument_id, exact as "exact!"
        from earlier
        join cycle using (cycle_id)
        join evaluation before using (region_id, cycle_id)
        cross join lateral (
            select revision, exact[1] as exact
            from publication_figures
            where publication_figures.evaluation_id = before.evaluation_id
            order by revision desc
            limit 1
        ) newest
        where exact is not null
        order by earlier.evaluation_id, distance
        "#,
        ids,
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(EarlierIndexRow::into_earlier_index)
    .collect()
}
