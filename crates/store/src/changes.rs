//! Changes of an evaluation into its rows.

use sqlx::{PgConnection, types::Json};
use takar_domain::{
    access::Principal,
    evaluation::{Evaluation, Given, Score},
    life::{
        Assignment, Change, Comment, Conflict, Extension, Objection, ObjectionAnswer, Transition,
    },
};

use crate::{
    error::Result,
    evaluation_rows::load_one,
    evaluations::{EvaluationKey, LockedEvaluation},
    reports,
    write::Write,
};

impl Write {
    /// Writes what was decided on a locked evaluation, and reads it again.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound) of a programme, and
    /// [`Precondition::TallyOrigin`](crate::Precondition::TallyOrigin) where a pillar is counted
    /// otherwise already.
    pub async fn save(
        &mut self,
        locked: &LockedEvaluation,
        changes: &[Change],
    ) -> Result<Evaluation> {
        let given = Given { principal: self.caller().principal, time: locked.now };
        for change in changes {
            save_change(&mut self.transaction, locked, change, &given).await?;
        }
        check_quick_wins(&mut self.transaction, locked, changes).await?;
        sqlx::query!(
            "update evaluation set update_time = $2 where evaluation_id = $1",
            locked.evaluation_id,
            locked.now,
        )
        .execute(&mut *self.transaction)
        .await?;
        Ok(load_one(&mut self.transaction, locked.evaluation_id).await?.evaluation)
    }
}

/// Checks the reports among the changes, once they are written.
async fn check_quick_wins(
    connection: &mut PgConnection,
    locked: &LockedEvaluation,
    changes: &[Change],
) -> Result<()> {
    let Evaluation { region, cycle, .. } = &locked.evaluation;
    let key = EvaluationKey { region: region.clone(), cycle: cycle.clone() };
    let of_report = |change: &Change| match change {
        Change::Report(program, progress) if progress.delivery().quick_win => {
            Some(program.to_string())
        }
        _ => None,
    };
    let programs: Vec<_> = changes.iter().filter_map(of_report).collect();
    let limit = locked.instrument.definition().quick_win_repeat_limit;
    reports::check_quick_wins(connection, (locked.evaluation_id, &key), &programs, limit).await
}

async fn save_change(
    connection: &mut PgConnection,
    locked: &LockedEvaluation,
    change: &Change,
    given: &Given,
) -> Result<()> {
    let id = locked.evaluation_id;
    let Evaluation { region, cycle, .. } = &locked.evaluation;
    let key = EvaluationKey { region: region.clone(), cycle: cycle.clone() };
    match change {
        Change::Tally(pillar, tally) => {
            reports::report_tally(connection, (id, &key), *pillar, tally, given).await
        }
        Change::Report(program, progress) => {
            reports::report_program(connection, (id, &key), program, progress, given).await
        }
        Change::Assessed(assessment) => reports::set_assessment(connection, id, assessment).await,
        Change::PillarScored(pillar, score) => {
            let given = given_of(score, given);
            reports::set_pillar_score(connection, id, *pillar, score, given).await
        }
        Change::ComponentScored(component, score) => {
            let given = given_of(score, given);
            reports::set_component_score(connection, id, *component, score, given).await
        }
        Change::Moved(transition) => move_to(connection, id, transition).await,
        Change::Submitted { late } => submitted(connection, id, *late, given).await,
        Change::ReturnDeadline(time) => {
            sqlx::query!(
                "update evaluation set return_deadline_time = $2 where evaluation_id = $1",
                id,
                *time,
            )
            .execute(connection)
            .await?;
            Ok(())
        }
        Change::Extended(extension) => extend(connection, id, extension).await,
        Change::Assigned(assignment) => assign(connection, id, assignment).await,
        Change::Unassigned(principal) => {
            sqlx::query!(
                "delete from assignment where evaluation_id = $1 and principal = $2",
                id,
                principal.as_str(),
            )
            .execute(connection)
            .await?;
            Ok(())
        }
        Change::Conflicted(principal, conflict) => {
            recuse(connection, id, principal, conflict).await
        }
        Change::Objected(objection) => object(connection, id, objection).await,
        Change::ObjectionAnswered(answer) => answer_objection(connection, id, answer).await,
    }
}

/// A score that was taken over from an assessor keeps who gave it.
fn given_of<'a>(score: &'a Score, given: &'a Given) -> &'a Given {
    score.given().unwrap_or(given)
}

async fn move_to(
    connection: &mut PgConnection,
    evaluation_id: i64,
    transition: &Transition,
) -> Result<()> {
    let Transition { from, to, principal, role, time, reason, comments } = transition;
    sqlx::query!(
        "with moved as (
             update evaluation set state = $3 where evaluation_id = $1
         )
         insert into evaluation_transition
             (evaluation_id, position, from_state, to_state, principal, role, transition_time, reason,
              comments)
         select $1, coalesce(max(position), 0) + 1, $2, $3, $4, $5, $6, $7, $8
         from evaluation_transition
         where evaluation_id = $1",
        evaluation_id,
        from.as_str(),
        to.as_str(),
        principal.as_str(),
        role.as_str(),
        *time,
        reason,
        Json(comments) as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn submitted(
    connection: &mut PgConnection,
    evaluation_id: i64,
    late: bool,
    given: &Given,
) -> Result<()> {
    sqlx::query!(
        "update evaluation set submit_time = $2, late = $3 where evaluation_id = $1",
        evaluation_id,
        given.time,
        late,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn extend(
    connection: &mut PgConnection,
    evaluation_id: i64,
    extension: &Extension,
) -> Result<()> {
    let Extension { deadline_time, reason, principal, record_time } = extension;
    sqlx::query!(
        "insert into evaluation_extension
             (evaluation_id, position, deadline_time, reason, principal, record_time)
         select $1, coalesce(max(position), 0) + 1, $2, $3, $4, $5
         from evaluation_extension
         where evaluation_id = $1",
        evaluation_id,
        *deadline_time,
        reason,
        principal.as_str(),
        *record_time,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn assign(
    connection: &mut PgConnection,
    evaluation_id: i64,
    assignment: &Assignment,
) -> Result<()> {
    // A conflict is declared by the assessor alone, and stays.
    let Assignment { principal, display_name, assign_time, conflict: _ } = assignment;
    sqlx::query!(
        "insert into assignment (evaluation_id, principal, display_name, assign_time)
         values ($1, $2, $3, $4)
         on conflict (evaluation_id, principal) do update set display_name = excluded.display_name",
        evaluation_id,
        principal.as_str(),
        display_name,
        *assign_time,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn recuse(
    connection: &mut PgConnection,
    evaluation_id: i64,
    principal: &Principal,
    conflict: &Conflict,
) -> Result<()> {
    sqlx::query!(
        "update assignment set conflict = $3, conflict_time = $4
         where evaluation_id = $1 and principal = $2",
        evaluation_id,
        principal.as_str(),
        conflict.text,
        conflict.declare_time,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn object(
    connection: &mut PgConnection,
    evaluation_id: i64,
    objection: &Objection,
) -> Result<()> {
    let Objection { comments, principal, object_time, answer: _ } = objection;
    let comments: &[Comment] = comments;
    sqlx::query!(
        "insert into objection (evaluation_id, position, comments, principal, object_time)
         select $1, coalesce(max(position), 0) + 1, $2, $3, $4
         from objection
         where evaluation_id = $1",
        evaluation_id,
        Json(comments) as _,
        principal.as_str(),
        *object_time,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn answer_objection(
    connection: &mut PgConnection,
    evaluation_id: i64,
    answer: &ObjectionAnswer,
) -> Result<()> {
    let ObjectionAnswer { text, upheld, principal, answer_time } = answer;
    sqlx::query!(
        "update objection
         set answer = $2, upheld = $3, answer_principal = $4, answer_time = $5
         where evaluation_id = $1 and answer_time is null",
        evaluation_id,
        text,
        *upheld,
        principal.as_str(),
        *answer_time,
    )
    .execute(connection)
    .await?;
    Ok(())
}
