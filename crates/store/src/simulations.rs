//! Simulated cycles, written whole: by sets, as a cycle has thousands of rows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use takar_domain::{
    evaluation::Evaluation,
    instrument::Instrument,
    name::RegionCode,
    registry::Cycle,
    scorecard::Scorecard,
    simulation::{SOURCE, SimulatedResult},
};

use crate::{
    earlier_indexes::earlier_indexes,
    error::{Result, stored},
    evaluation_rows::load,
    publications::provisional,
    write::Write,
};

impl Write {
    /// The first regencies and cities by code, at most so many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn first_regions(&mut self, limit: i32) -> Result<Vec<RegionCode>> {
        let codes = sqlx::query_scalar!(
            "select code
             from region_code
             join region using (region_id)
             where is_current and kind <> 'province' and region.end_date is null
             order by code
             limit $1",
            i64::from(limit),
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        codes.iter().map(|code| stored(RegionCode::parse(code))).collect()
    }

    /// Fills a simulated cycle that was created in this write: an evaluation of each result, and the
    /// first revision of its scorecard. They have no history, as nobody did any of it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn fill_simulated(
        &mut self,
        cycle: &Cycle,
        instrument: &Instrument,
        results: &[SimulatedResult],
    ) -> Result<()> {
        let ids = self.insert_evaluations(cycle, results).await?;
        self.insert_tallies(&ids, results).await?;
        self.insert_pillar_scores(&ids, results).await?;
        self.insert_component_scores(&ids, results).await?;
        self.publish_all(&ids, instrument).await
    }

    /// One evaluation for each result, in their order.
    async fn insert_evaluations(
        &mut self,
        cycle: &Cycle,
        results: &[SimulatedResult],
    ) -> Result<Vec<i64>> {
        let codes: Vec<_> = results.iter().map(|result| result.region.to_string()).collect();
        let ids = sqlx::query_scalar!(
            "with inserted as (
                 insert into evaluation (region_id, cycle_id, state)
                 select region_id, $1, 'published'
                 from region_code
                 where code = any ($2)
                 returning evaluation_id, region_id
             )
             select evaluation_id
             from inserted
             join region_code using (region_id)
             where is_current
             order by array_position($2, code)",
            cycle.id.as_str(),
            &codes,
        )
        .fetch_all(&mut *self.transaction)
        .await?;
        Ok(ids)
    }

    async fn insert_tallies(&mut self, ids: &[i64], results: &[SimulatedResult]) -> Result<()> {
        let Columns { ids, words: pillars, values } =
            columns(ids, results, |result| &result.tallies, |pillar| pillar.as_str());
        let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
        let running: Vec<_> = values.iter().map(|ratio| count(ratio.running())).collect();
        let planned: Vec<_> = values.iter().map(|ratio| count(ratio.planned())).collect();
        sqlx::query!(
            "insert into pillar_origin (evaluation_id, pillar, origin)
             select evaluation_id, pillar, 'counts'
             from unnest($1::bigint[], $2::text[]) as given (evaluation_id, pillar)",
            &ids,
            &pillars as _,
        )
        .execute(&mut *self.transaction)
        .await?;
        let principal = self.caller().principal;
        sqlx::query!(
            "insert into tally (evaluation_id, pillar, running, planned, not_due, source, principal)
             select evaluation_id, pillar, running, planned, 0, $5, $6
             from unnest($1::bigint[], $2::text[], $3::int[], $4::int[])
                 as given (evaluation_id, pillar, running, planned)",
            &ids,
            &pillars as _,
            &running,
            &planned,
            SOURCE,
            principal.as_str(),
        )
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn insert_pillar_scores(
        &mut self,
        ids: &[i64],
        results: &[SimulatedResult],
    ) -> Result<()> {
        let Columns { ids, words: pillars, values } =
            columns(ids, results, |result| &result.pillar_scores, |pillar| pillar.as_str());
        let scores: Vec<_> = values.iter().map(ToString::to_string).collect();
        let principal = self.caller().principal;
        sqlx::query!(
            "insert into pillar_score (evaluation_id, pillar, score, source, principal)
             select evaluation_id, pillar, score::numeric, $4, $5
             from unnest($1::bigint[], $2::text[], $3::text[])
                 as given (evaluation_id, pillar, score)",
            &ids,
            &pillars as _,
            &scores,
            SOURCE,
            principal.as_str(),
        )
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn insert_component_scores(
        &mut self,
        ids: &[i64],
        results: &[SimulatedResult],
    ) -> Result<()> {
        let Columns { ids, words: components, values } = columns(
            ids,
            results,
            |result| &result.component_scores,
            |component| component.as_str(),
        );
        let scores: Vec<_> = values.iter().map(ToString::to_string).collect();
        let principal = self.caller().principal;
        sqlx::query!(
            "insert into component_score (evaluation_id, component, score, source, principal)
             select evaluation_id, component, score::numeric, $4, $5
             from unnest($1::bigint[], $2::text[], $3::text[])
                 as given (evaluation_id, component, score)",
            &ids,
            &components as _,
            &scores,
            SOURCE,
            principal.as_str(),
        )
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }

    async fn publish_all(&mut self, ids: &[i64], instrument: &Instrument) -> Result<()> {
        let loaded = load(&mut self.transaction, ids).await?;
        let mut earlier = earlier_indexes(&mut self.transaction, ids).await?;
        let mut kept = Kept::default();
        for loaded in loaded {
            let earlier = earlier.remove(&loaded.evaluation_id);
            kept.ids.push(loaded.evaluation_id);
            kept.evaluations.push(Json(loaded.evaluation.clone()));
            kept.scorecards.push(Json(provisional(loaded, instrument, earlier).scorecard));
        }
        let publish_time = self.in_commit_order().await?;
        self.insert_publications(&kept, publish_time).await
    }

    /// The first revision of each.
    async fn insert_publications(
        &mut self,
        kept: &Kept,
        publish_time: DateTime<Utc>,
    ) -> Result<()> {
        let Kept { ids, evaluations, scorecards } = kept;
        let principal = self.caller().principal;
        sqlx::query!(
            "insert into publication
                 (evaluation_id, revision, publish_time, source, scorecard, evaluation, principal)
             select evaluation_id, 1, $4, $5, scorecard, evaluation, $6
             from unnest($1::bigint[], $2::jsonb[], $3::jsonb[])
                 as given (evaluation_id, scorecard, evaluation)",
            ids,
            scorecards as _,
            evaluations as _,
            publish_time,
            SOURCE,
            principal.as_str(),
        )
        .execute(&mut *self.transaction)
        .await?;
        Ok(())
    }
}

/// What publications keep, row by row.
#[derive(Default)]
struct Kept {
    ids: Vec<i64>,
    evaluations: Vec<Json<Evaluation>>,
    scorecards: Vec<Json<Scorecard>>,
}

/// The rows of all results, by column: whose evaluation, of what, and what it is.
struct Columns<'r, Value> {
    ids: Vec<i64>,
    words: Vec<&'static str>,
    values: Vec<&'r Value>,
}

fn columns<'r, Item: 'r, Value>(
    ids: &[i64],
    results: &'r [SimulatedResult],
    of: fn(&SimulatedResult) -> &BTreeMap<Item, Value>,
    word: fn(&Item) -> &'static str,
) -> Columns<'r, Value> {
    let mut columns = Columns { ids: Vec::new(), words: Vec::new(), values: Vec::new() };
    for (id, result) in ids.iter().zip(results) {
        for (item, value) in of(result) {
            columns.ids.push(*id);
            columns.words.push(word(item));
            columns.values.push(value);
        }
    }
    columns
}
