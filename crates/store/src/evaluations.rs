//! Evaluations, read whole.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use sqlx::{PgConnection, types::Json};
use takar_domain::{
    evaluation::{Evaluation, ProgramReport, Progress, Score},
    name::{CycleId, InstrumentId, ProgramId, RegionCode},
    tally::Tally,
    vocabulary::{Component, EvaluationState, Pillar, ProgramStatus, RegionKind},
};

use crate::{
    connection::Store,
    error::{Error, OnConstraint, Precondition, Resource, Result, stored},
    page::Page,
    regions::region_id,
};

/// What names an evaluation and its scorecard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EvaluationKey {
    /// The region, by its current or a former code.
    pub region: RegionCode,
    /// The cycle.
    pub cycle: CycleId,
}

/// Which evaluations a list shows; each condition that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvaluationFilter {
    /// Those of this region, by its current or a former code.
    pub region: Option<RegionCode>,
    /// Those of this cycle.
    pub cycle: Option<CycleId>,
}

/// An evaluation with what its scorecard needs beside it.
pub(crate) struct LoadedEvaluation {
    pub(crate) evaluation_id: i64,
    pub(crate) evaluation: Evaluation,
    pub(crate) region_display_name: String,
    pub(crate) instrument: InstrumentId,
}

struct EvaluationRow {
    evaluation_id: i64,
    region_code: String,
    region_display_name: String,
    cycle_id: String,
    instrument_id: String,
    state: String,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
    tallies: Json<Vec<TallyRow>>,
    program_reports: Json<Vec<ProgramReportRow>>,
    pillar_scores: Json<Vec<PillarScoreRow>>,
    component_scores: Json<Vec<ComponentScoreRow>>,
}

#[derive(Deserialize)]
struct TallyRow {
    pillar: Pillar,
    running: i32,
    planned: i32,
    not_due: i32,
    source: String,
}

#[derive(Deserialize)]
struct ProgramReportRow {
    program_id: ProgramId,
    pillar: Pillar,
    status: ProgramStatus,
    reason: String,
}

// Scores come as text: a JSON number would lose their trailing zeros.
#[derive(Deserialize)]
struct PillarScoreRow {
    pillar: Pillar,
    score: Decimal,
    source: String,
}

#[derive(Deserialize)]
struct ComponentScoreRow {
    component: Component,
    score: Decimal,
    source: String,
}

impl EvaluationRow {
    fn into_loaded(self) -> Result<LoadedEvaluation> {
        let tallies = self.tallies.0.into_iter().map(|row| {
            let tally = Tally::counted(row.running, row.planned, row.not_due, &row.source);
            Ok((row.pillar, tally.map_err(|faults| Error::Unreadable(Box::new(faults)))?))
        });
        let reports = self.program_reports.0.into_iter().map(|row| {
            let progress = stored(Progress::new(row.status, &row.reason))?;
            Ok(ProgramReport { program: row.program_id, pillar: row.pillar, progress })
        });
        let pillar_scores = self.pillar_scores.0.into_iter();
        let component_scores = self.component_scores.0.into_iter();
        Ok(LoadedEvaluation {
            evaluation_id: self.evaluation_id,
            evaluation: Evaluation {
                region: stored(RegionCode::parse(&self.region_code))?,
                cycle: stored(CycleId::parse(&self.cycle_id))?,
                state: stored(EvaluationState::parse(&self.state))?,
                counted_tallies: tallies.collect::<Result<_>>()?,
                program_reports: reports.collect::<Result<_>>()?,
                pillar_scores: pillar_scores
                    .map(|row| (row.pillar, Score::stored(row.score, row.source)))
                    .collect(),
                component_scores: component_scores
                    .map(|row| (row.component, Score::stored(row.score, row.source)))
                    .collect(),
                create_time: self.create_time,
                update_time: self.update_time,
            },
            region_display_name: self.region_display_name,
            instrument: stored(InstrumentId::parse(&self.instrument_id))?,
        })
    }
}

impl Store {
    /// The evaluation.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn evaluation(&self, key: &EvaluationKey) -> Result<Evaluation> {
        let mut connection = self.pool.acquire().await?;
        let evaluation_id = evaluation_id(&mut connection, key, Resource::Evaluation).await?;
        Ok(load_one(&mut connection, evaluation_id).await?.evaluation)
    }

    /// Evaluations by region and cycle, one more than the page where there are more.
    ///
    /// # Errors
    /// [`Error::NotFound`] of the region whose evaluations are asked for.
    pub async fn evaluations(
        &self,
        filter: &EvaluationFilter,
        page: &Page<EvaluationKey>,
    ) -> Result<Vec<Evaluation>> {
        let mut connection = self.pool.acquire().await?;
        let ids = evaluation_ids(&mut connection, filter, page).await?;
        let loaded = load(&mut connection, &ids).await?;
        Ok(loaded.into_iter().map(|loaded| loaded.evaluation).collect())
    }

    /// Creates the evaluation of a kabupaten or kota in a cycle, as a draft without content.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::NotFound`] of the region or cycle, and
    /// [`Precondition::RegionIsProvince`].
    pub async fn create_evaluation(&self, key: &EvaluationKey) -> Result<Evaluation> {
        let region = self.region(&key.region).await?;
        if region.kind == RegionKind::Province {
            return Err(Precondition::RegionIsProvince(Resource::Region(region.code)).into());
        }
        let mut connection = self.pool.acquire().await?;
        let evaluation_id = sqlx::query_scalar!(
            "insert into evaluation (region_id, cycle_id)
             select region_id, $2 from region_code where code = $1
             returning evaluation_id",
            key.region.as_str(),
            key.cycle.as_str(),
        )
        .fetch_one(&mut *connection)
        .await
        .on_constraint("evaluation_once", || {
            Error::AlreadyExists(Resource::Evaluation(key.clone()))
        })
        .on_constraint("evaluation_cycle_fkey", || {
            Error::NotFound(Resource::Cycle(key.cycle.clone()))
        })?;
        Ok(load_one(&mut connection, evaluation_id).await?.evaluation)
    }
}

/// The row of an evaluation; where there is none, what was asked for does not exist.
pub(crate) async fn evaluation_id(
    connection: &mut PgConnection,
    key: &EvaluationKey,
    asked: fn(EvaluationKey) -> Resource,
) -> Result<i64> {
    sqlx::query_scalar!(
        "select evaluation_id
         from region_code
         join evaluation using (region_id)
         where code = $1 and cycle_id = $2",
        key.region.as_str(),
        key.cycle.as_str(),
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::NotFound(asked(key.clone())))
}

/// The rows of a page of evaluations, in their order.
pub(crate) async fn evaluation_ids(
    connection: &mut PgConnection,
    filter: &EvaluationFilter,
    page: &Page<EvaluationKey>,
) -> Result<Vec<i64>> {
    let region_id = match &filter.region {
        Some(code) => Some(region_id(connection, code).await?),
        None => None,
    };
    let ids = sqlx::query_scalar!(
        "select evaluation_id
         from evaluation
         join region_code current on current.region_id = evaluation.region_id and is_current
         where ($1::text is null or (code, cycle_id) > ($1, $2))
           and ($3::bigint is null or evaluation.region_id = $3)
           and ($4::text is null or cycle_id = $4)
         order by code, cycle_id
         limit $5",
        page.after.as_ref().map(|key| key.region.as_str()),
        page.after.as_ref().map(|key| key.cycle.as_str()),
        region_id,
        filter.cycle.as_ref().map(CycleId::as_str),
        page.limit(),
    )
    .fetch_all(connection)
    .await?;
    Ok(ids)
}

/// One evaluation that is there.
pub(crate) async fn load_one(
    connection: &mut PgConnection,
    evaluation_id: i64,
) -> Result<LoadedEvaluation> {
    let mut loaded = load(connection, &[evaluation_id]).await?;
    loaded.pop().ok_or(Error::Database(sqlx::Error::RowNotFound))
}

/// Evaluations whole, by region and cycle. One statement, so each is read as of one moment.
pub(crate) async fn load(
    connection: &mut PgConnection,
    ids: &[i64],
) -> Result<Vec<LoadedEvaluation>> {
    sqlx::query_as!(
        EvaluationRow,
        r#"
        select evaluation_id, code as region_code, region.display_name as region_display_name,
               cycle_id, instrument_id, state, evaluation.create_time, update_time,
               (select coalesce(jsonb_agg(tally order by pillar), '[]')
                from tally
                where tally.evaluation_id = evaluation.evaluation_id) as "tallies!: Json<Vec<TallyRow>>",
               (select coalesce(jsonb_agg(report order by program_id), '[]')
                from program_report report
                where report.evaluation_id = evaluation.evaluation_id)
                   as "program_reports!: Json<Vec<ProgramReportRow>>",
               (select coalesce(jsonb_agg(jsonb_build_object(
                    'pillar', pillar, 'score', score::text, 'source', source)), '[]')
                from pillar_score
                where pillar_score.evaluation_id = evaluation.evaluation_id)
                   as "pillar_scores!: Json<Vec<PillarScoreRow>>",
               (select coalesce(jsonb_agg(jsonb_build_object(
                    'component', component, 'score', score::text, 'source', source)), '[]')
                from component_score
                where component_score.evaluation_id = evaluation.evaluation_id)
                   as "component_scores!: Json<Vec<ComponentScoreRow>>"
        from evaluation
        join cycle using (cycle_id)
        join region using (region_id)
        join region_code current on current.region_id = evaluation.region_id and is_current
        where evaluation_id = any ($1)
        order by code, cycle_id
        "#,
        ids,
    )
    .fetch_all(connection)
    .await?
    .into_iter()
    .map(EvaluationRow::into_loaded)
    .collect()
}
