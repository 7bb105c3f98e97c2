//! What regions report and assessors score: written under the evaluation's row lock, all or none.

use sqlx::{PgConnection, Postgres, Transaction};
use takar_domain::{
    evaluation::{Evaluation, Progress, Score, tally_source},
    name::ProgramId,
    tally::Tally,
    vocabulary::{Component, Pillar},
};

use crate::{
    connection::Store,
    error::{Error, OnConstraint, Precondition, Resource, Result},
    evaluations::{EvaluationKey, load_one},
};

impl Store {
    /// Sets tallies that were reported as counts.
    ///
    /// # Errors
    /// [`Error::NotFound`], and [`Precondition::TallyOrigin`] where programmes of a pillar were
    /// reported.
    pub async fn report_tallies(
        &self,
        key: &EvaluationKey,
        tallies: &[(Pillar, Tally)],
    ) -> Result<Evaluation> {
        let mut transaction = self.pool.begin().await?;
        let evaluation_id = lock(&mut transaction, key).await?;
        for (pillar, tally) in tallies {
            set_tally(&mut transaction, evaluation_id, *pillar, tally)
                .await
                .on_constraint("tally_one_origin", || {
                    tally_origin(key, *pillar, "registered programmes")
                })?;
        }
        finish(transaction, evaluation_id).await
    }

    /// Sets reports on registered programmes.
    ///
    /// # Errors
    /// [`Error::NotFound`] of the evaluation or a programme of its region, and
    /// [`Precondition::TallyOrigin`] where a pillar's tally was reported as counts.
    pub async fn report_programs(
        &self,
        key: &EvaluationKey,
        reports: &[(ProgramId, Progress)],
    ) -> Result<Evaluation> {
        let mut transaction = self.pool.begin().await?;
        let evaluation_id = lock(&mut transaction, key).await?;
        for (program, progress) in reports {
            let pillar = pillar_of(&mut transaction, key, program).await?;
            set_report(&mut transaction, evaluation_id, program, pillar, progress)
                .await
                .on_constraint("program_report_one_origin", || {
                    tally_origin(key, pillar, "a reported tally")
                })?;
        }
        finish(transaction, evaluation_id).await
    }

    /// Sets scores of pillars and components.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn score(
        &self,
        key: &EvaluationKey,
        pillars: &[(Pillar, Score)],
        components: &[(Component, Score)],
    ) -> Result<Evaluation> {
        let mut transaction = self.pool.begin().await?;
        let evaluation_id = lock(&mut transaction, key).await?;
        for (pillar, score) in pillars {
            set_pillar_score(&mut transaction, evaluation_id, *pillar, score).await?;
        }
        for (component, score) in components {
            set_component_score(&mut transaction, evaluation_id, *component, score).await?;
        }
        finish(transaction, evaluation_id).await
    }
}

/// Locks the evaluation's row, so that writers of one evaluation follow each other.
pub(crate) async fn lock(connection: &mut PgConnection, key: &EvaluationKey) -> Result<i64> {
    sqlx::query_scalar!(
        "select evaluation_id
         from evaluation
         join region_code using (region_id)
         where code = $1 and cycle_id = $2
         for update of evaluation",
        key.region.as_str(),
        key.cycle.as_str(),
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::NotFound(Resource::Evaluation(key.clone())))
}

async fn finish(
    mut transaction: Transaction<'_, Postgres>,
    evaluation_id: i64,
) -> Result<Evaluation> {
    // clock_timestamp(), not now(): now() is when the transaction began, before the lock.
    sqlx::query!(
        "update evaluation set update_time = clock_timestamp() where evaluation_id = $1",
        evaluation_id,
    )
    .execute(&mut *transaction)
    .await?;
    let loaded = load_one(&mut transaction, evaluation_id).await?;
    transaction.commit().await?;
    Ok(loaded.evaluation)
}

fn tally_origin(key: &EvaluationKey, pillar: Pillar, existing: &'static str) -> Error {
    Precondition::TallyOrigin { evaluation: Resource::Evaluation(key.clone()), pillar, existing }
        .into()
}

async fn pillar_of(
    connection: &mut PgConnection,
    key: &EvaluationKey,
    program: &ProgramId,
) -> Result<Pillar> {
    let pillar = sqlx::query_scalar!(
        "select pillar
         from region_code
         join program using (region_id)
         where code = $1 and program_id = $2",
        key.region.as_str(),
        program.as_str(),
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::NotFound(Resource::Program(key.region.clone(), program.clone())))?;
    crate::error::stored(Pillar::parse(&pillar))
}

/// Claims the pillar for an origin; where the other has it, the row that follows is refused.
async fn claim_pillar(
    connection: &mut PgConnection,
    evaluation_id: i64,
    pillar: Pillar,
    origin: &str,
) -> Result<()> {
    sqlx::query!(
        "insert into pillar_origin (evaluation_id, pillar, origin) values ($1, $2, $3)
         on conflict (evaluation_id, pillar) do nothing",
        evaluation_id,
        pillar.as_str(),
        origin,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn set_tally(
    connection: &mut PgConnection,
    evaluation_id: i64,
    pillar: Pillar,
    tally: &Tally,
) -> Result<()> {
    claim_pillar(connection, evaluation_id, pillar, "counts").await?;
    sqlx::query!(
        "insert into tally (evaluation_id, pillar, running, planned, not_due, source)
         values ($1, $2, $3::int8::int, $4::int8::int, $5::int8::int, $6)
         on conflict (evaluation_id, pillar) do update
         set running = excluded.running, planned = excluded.planned, not_due = excluded.not_due,
             source = excluded.source",
        evaluation_id,
        pillar.as_str(),
        i64::from(tally.ratio.running()),
        i64::from(tally.ratio.planned()),
        i64::from(tally.not_due),
        tally_source(tally),
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn set_report(
    connection: &mut PgConnection,
    evaluation_id: i64,
    program: &ProgramId,
    pillar: Pillar,
    progress: &Progress,
) -> Result<()> {
    claim_pillar(connection, evaluation_id, pillar, "programs").await?;
    sqlx::query!(
        "insert into program_report (evaluation_id, region_id, program_id, pillar, status, reason)
         select evaluation_id, region_id, $2, $3, $4, $5 from evaluation where evaluation_id = $1
         on conflict (evaluation_id, program_id) do update
         set status = excluded.status, reason = excluded.reason",
        evaluation_id,
        program.as_str(),
        pillar.as_str(),
        progress.status().as_str(),
        progress.reason(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

// Scores are written as text: sqlx's numeric loses the decimals of a zero (`0.00`).
async fn set_pillar_score(
    connection: &mut PgConnection,
    evaluation_id: i64,
    pillar: Pillar,
    score: &Score,
) -> Result<()> {
    sqlx::query!(
        "insert into pillar_score (evaluation_id, pillar, score, source)
         values ($1, $2, $3::text::numeric, $4)
         on conflict (evaluation_id, pillar) do update
         set score = excluded.score, source = excluded.source",
        evaluation_id,
        pillar.as_str(),
        score.value().to_string(),
        score.source(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn set_component_score(
    connection: &mut PgConnection,
    evaluation_id: i64,
    component: Component,
    score: &Score,
) -> Result<()> {
    sqlx::query!(
        "insert into component_score (evaluation_id, component, score, source)
         values ($1, $2, $3::text::numeric, $4)
         on conflict (evaluation_id, component) do update
         set score = excluded.score, source = excluded.source",
        evaluation_id,
        component.as_str(),
        score.value().to_string(),
        score.source(),
    )
    .execute(connection)
    .await?;
    Ok(())
}
