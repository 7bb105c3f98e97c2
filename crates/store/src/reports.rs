//! What regions report and assessors score: the rows of tallies, reports, scores and assessments.

use sqlx::PgConnection;
use takar_domain::{
    assessment::{Assessment, Item},
    evaluation::{Delivery, Given, Progress, Score, tally_source},
    name::{CycleId, ProgramId},
    quick_win::{QuickWins, check_repeats},
    tally::Tally,
    vocabulary::{Component, Level, Pillar},
};

use crate::{
    error::{Error, OnConstraint, Precondition, Resource, Result, stored},
    evaluations::EvaluationKey,
};

/// Sets counts of a pillar, which must not be counted from programmes.
pub(crate) async fn report_tally(
    connection: &mut PgConnection,
    (evaluation_id, key): (i64, &EvaluationKey),
    pillar: Pillar,
    tally: &Tally,
    given: &Given,
) -> Result<()> {
    set_tally(connection, evaluation_id, pillar, tally, given)
        .await
        .on_constraint("tally_one_origin", || tally_origin(key, pillar, "registered programmes"))
}

/// Sets a report on a programme, whose pillar must not be counted otherwise.
pub(crate) async fn report_program(
    connection: &mut PgConnection,
    (evaluation_id, key): (i64, &EvaluationKey),
    program: &ProgramId,
    progress: &Progress,
    given: &Given,
) -> Result<()> {
    let pillar = pillar_of(connection, key, program).await?;
    set_report(connection, evaluation_id, program, pillar, progress, given)
        .await
        .on_constraint("program_report_one_origin", || {
            tally_origin(key, pillar, "a reported tally")
        })
}

/// Sets a score before the final one; a region has one, whoever of it gave it.
pub(crate) async fn set_assessment(
    connection: &mut PgConnection,
    evaluation_id: i64,
    assessment: &Assessment,
) -> Result<()> {
    let Assessment { item, level, answer, principal, record_time } = assessment;
    let (pillar, component) = match item {
        Item::Pillar(pillar) => (Some(pillar.as_str()), None),
        Item::Component(component) => (None, Some(component.as_str())),
    };
    let assessor = match level {
        Level::SelfAssessed => "",
        Level::Desk => principal.as_str(),
    };
    sqlx::query!(
        "insert into assessment
             (evaluation_id, level, assessor, pillar, component, score, observation_status, source,
              principal, record_time)
         values ($1, $2, $3, $4, $5, $6::text::numeric, $7, $8, $9, $10)
         on conflict on constraint assessment_key do update
         set score = excluded.score, observation_status = excluded.observation_status,
             source = excluded.source, principal = excluded.principal,
             record_time = excluded.record_time",
        evaluation_id,
        level.as_str(),
        assessor,
        pillar,
        component,
        answer.score().map(|score| score.to_string()),
        answer.status().as_str(),
        answer.source(),
        principal.as_str(),
        *record_time,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Checks that the instrument allows what is now reported as quick wins; `programs` are those of the
/// evaluation's region that were reported so just now.
pub(crate) async fn check_quick_wins(
    connection: &mut PgConnection,
    (evaluation_id, key): (i64, &EvaluationKey),
    programs: &[String],
    limit: Option<u32>,
) -> Result<()> {
    if programs.is_empty() || limit.is_none() {
        return Ok(());
    }
    // Reports of other cycles are of other evaluations: here they follow each other.
    sqlx::query!(
        "select program_id
         from program
         join evaluation using (region_id)
         where evaluation_id = $1 and program_id = any ($2)
         order by program_id
         for no key update of program",
        evaluation_id,
        programs,
    )
    .fetch_all(&mut *connection)
    .await?;
    let found = sqlx::query!(
        "select program_id, cycle_id
         from program_report report
         join evaluation using (evaluation_id, region_id)
         where region_id = (select region_id from evaluation where evaluation_id = $1)
           and program_id = any ($2)
           and report.quick_win
           and state not in ('withdrawn', 'not_assessable')",
        evaluation_id,
        programs,
    )
    .fetch_all(connection)
    .await?;
    let mut quick_wins = QuickWins::new();
    for row in found {
        let program = stored(ProgramId::parse(&row.program_id))?;
        quick_wins.entry(program).or_default().insert(stored(CycleId::parse(&row.cycle_id))?);
    }
    check_repeats(limit, quick_wins).map_err(|repeated| {
        let evaluation = Resource::Evaluation(key.clone());
        Precondition::QuickWinRepeated { evaluation, repeated }.into()
    })
}

fn tally_origin(key: &EvaluationKey, pillar: Pillar, existing: &'static str) -> Error {
    Precondition::TallyOrigin { evaluation: Resource::Evaluation(key.clone()), pillar, existing }
        .into()
}

/// The pillar of a programme, which it keeps until the write ends.
async fn pillar_of(
    connection: &mut PgConnection,
    key: &EvaluationKey,
    program: &ProgramId,
) -> Result<Pillar> {
    let pillar = sqlx::query_scalar!(
        "select pillar
         from region_code
         join program using (region_id)
         where code = $1 and program_id = $2
         for key share of program",
        key.region.as_str(),
        program.as_str(),
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Error::NotFound(Resource::Program(key.region.clone(), program.clone())))?;
    stored(Pillar::parse(&pillar))
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
    given: &Given,
) -> Result<()> {
    claim_pillar(connection, evaluation_id, pillar, "counts").await?;
    sqlx::query!(
        "insert into tally (evaluation_id, pillar, running, planned, not_due, source, principal, record_time)
         values ($1, $2, $3::int8::int, $4::int8::int, $5::int8::int, $6, $7, $8)
         on conflict (evaluation_id, pillar) do update
         set running = excluded.running, planned = excluded.planned, not_due = excluded.not_due,
             source = excluded.source, principal = excluded.principal,
             record_time = excluded.record_time",
        evaluation_id,
        pillar.as_str(),
        i64::from(tally.ratio.running()),
        i64::from(tally.ratio.planned()),
        i64::from(tally.not_due),
        tally_source(tally),
        given.principal.as_str(),
        given.time,
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
    given: &Given,
) -> Result<()> {
    let Delivery { budget, realised_budget, quick_win } = progress.delivery();
    claim_pillar(connection, evaluation_id, pillar, "programs").await?;
    sqlx::query!(
        "insert into program_report
             (evaluation_id, region_id, program_id, pillar, status, reason, principal, record_time,
              budget, realised_budget, quick_win)
         select evaluation_id, region_id, $2, $3, $4, $5, $6, $7, $8::text::numeric,
                $9::text::numeric, $10
         from evaluation
         where evaluation_id = $1
         on conflict (evaluation_id, program_id) do update
         set status = excluded.status, reason = excluded.reason, principal = excluded.principal,
             record_time = excluded.record_time, budget = excluded.budget,
             realised_budget = excluded.realised_budget, quick_win = excluded.quick_win",
        evaluation_id,
        program.as_str(),
        pillar.as_str(),
        progress.status().as_str(),
        progress.reason(),
        given.principal.as_str(),
        given.time,
        budget.map(|budget| budget.to_string()),
        realised_budget.map(|budget| budget.to_string()),
        quick_win,
    )
    .execute(connection)
    .await?;
    Ok(())
}

// Scores are written as text: sqlx's numeric loses the decimals of a zero (`0.00`).
pub(crate) async fn set_pillar_score(
    connection: &mut PgConnection,
    evaluation_id: i64,
    pillar: Pillar,
    score: &Score,
    given: &Given,
) -> Result<()> {
    sqlx::query!(
        "insert into pillar_score (evaluation_id, pillar, score, source, principal, record_time)
         values ($1, $2, $3::text::numeric, $4, $5, $6)
         on conflict (evaluation_id, pillar) do update
         set score = excluded.score, source = excluded.source, principal = excluded.principal,
             record_time = excluded.record_time",
        evaluation_id,
        pillar.as_str(),
        score.value().to_string(),
        score.source(),
        given.principal.as_str(),
        given.time,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn set_component_score(
    connection: &mut PgConnection,
    evaluation_id: i64,
    component: Component,
    score: &Score,
    given: &Given,
) -> Result<()> {
    sqlx::query!(
        "insert into component_score (evaluation_id, component, score, source, principal, record_time)
         values ($1, $2, $3::text::numeric, $4, $5, $6)
         on conflict (evaluation_id, component) do update
         set score = excluded.score, source = excluded.source, principal = excluded.principal,
             record_time = excluded.record_time",
        evaluation_id,
        component.as_str(),
        score.value().to_string(),
        score.source(),
        given.principal.as_str(),
        given.time,
    )
    .execute(connection)
    .await?;
    Ok(())
}
