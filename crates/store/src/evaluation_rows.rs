//! An evaluation's rows, read whole, into the domain's type.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use sqlx::{PgConnection, types::Json};
use takar_domain::{
    access::Principal,
    assessment::{Answer, Assessment, Item},
    evaluation::{Delivery, Evaluation, Given, ProgramReport, Progress, Score},
    life::{
        Assignment, Comment, Conflict, Extension, Life, Objection, ObjectionAnswer, Transition,
    },
    name::{CycleId, InstrumentId, ProgramId, RegionCode},
    rupiah::Rupiah,
    tally::Tally,
    vocabulary::{
        Component, EvaluationState, Level, ObservationStatus, Pillar, ProgramStatus, Role,
    },
};

use crate::{
    error::{Error, Result, stored},
    evidence::EvidenceRow,
};

/// An evaluation with what its scorecard needs beside it.
#[derive(Debug)]
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
    simulated: bool,
    instrument_id: String,
    state: String,
    create_time: DateTime<Utc>,
    update_time: DateTime<Utc>,
    cycle_open_time: Option<DateTime<Utc>>,
    cycle_deadline_time: Option<DateTime<Utc>>,
    return_deadline_time: Option<DateTime<Utc>>,
    submit_time: Option<DateTime<Utc>>,
    late: bool,
    tallies: Json<Vec<TallyRow>>,
    program_reports: Json<Vec<ProgramReportRow>>,
    pillar_scores: Json<Vec<PillarScoreRow>>,
    component_scores: Json<Vec<ComponentScoreRow>>,
    assessments: Json<Vec<AssessmentRow>>,
    evidence: Json<Vec<EvidenceRow>>,
    extensions: Json<Vec<ExtensionRow>>,
    assignments: Json<Vec<AssignmentRow>>,
    objections: Json<Vec<ObjectionRow>>,
    transitions: Json<Vec<TransitionRow>>,
}

#[derive(Deserialize)]
struct TallyRow {
    pillar: Pillar,
    running: i32,
    planned: i32,
    not_due: i32,
    source: String,
    principal: String,
    record_time: DateTime<Utc>,
}

#[derive(Deserialize)]
struct ProgramReportRow {
    program_id: ProgramId,
    pillar: Pillar,
    status: ProgramStatus,
    reason: String,
    // As text, as scores are.
    budget: Option<String>,
    realised_budget: Option<String>,
    quick_win: bool,
    principal: String,
    record_time: DateTime<Utc>,
}

// Scores come as text: a JSON number would lose their trailing zeros.
#[derive(Deserialize)]
struct PillarScoreRow {
    pillar: Pillar,
    score: Decimal,
    source: String,
    // Empty in rows from before it was recorded.
    principal: String,
    record_time: DateTime<Utc>,
}

#[derive(Deserialize)]
struct ComponentScoreRow {
    component: Component,
    score: Decimal,
    source: String,
    principal: String,
    record_time: DateTime<Utc>,
}

#[derive(Deserialize)]
struct AssessmentRow {
    level: Level,
    pillar: Option<Pillar>,
    component: Option<Component>,
    score: Option<Decimal>,
    observation_status: ObservationStatus,
    source: String,
    principal: Principal,
    record_time: DateTime<Utc>,
}

#[derive(Deserialize)]
struct ExtensionRow {
    deadline_time: DateTime<Utc>,
    reason: String,
    principal: Principal,
    record_time: DateTime<Utc>,
}

#[derive(Deserialize)]
struct AssignmentRow {
    principal: Principal,
    display_name: String,
    assign_time: DateTime<Utc>,
    conflict: String,
    conflict_time: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct ObjectionRow {
    comments: Vec<Comment>,
    principal: Principal,
    object_time: DateTime<Utc>,
    answer: String,
    upheld: Option<bool>,
    answer_principal: Option<Principal>,
    answer_time: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct TransitionRow {
    from_state: EvaluationState,
    to_state: EvaluationState,
    principal: Principal,
    role: Role,
    transition_time: DateTime<Utc>,
    reason: String,
    comments: Vec<Comment>,
}

impl EvaluationRow {
    fn into_loaded(self) -> Result<LoadedEvaluation> {
        let tallies_given = self.tallies.0.iter().filter_map(|row| {
            let given = given(&row.principal, row.record_time).transpose()?;
            Some(given.map(|given| (row.pillar, given)))
        });
        let tallies_given = tallies_given.collect::<Result<_>>()?;
        let tallies = self.tallies.0.into_iter().map(|row| {
            let tally = Tally::counted(row.running, row.planned, row.not_due, &row.source);
            Ok((row.pillar, tally.map_err(|faults| Error::Unreadable(Box::new(faults)))?))
        });
        let reports = self.program_reports.0.into_iter().map(|row| {
            let delivery = Delivery {
                budget: stored(row.budget.as_deref().map(Rupiah::parse).transpose())?,
                realised_budget: stored(
                    row.realised_budget.as_deref().map(Rupiah::parse).transpose(),
                )?,
                quick_win: row.quick_win,
            };
            let progress = stored(Progress::new(row.status, &row.reason))?.with_delivery(delivery);
            let given = given(&row.principal, row.record_time)?;
            Ok(ProgramReport { program: row.program_id, pillar: row.pillar, progress, given })
        });
        let pillar_scores = self.pillar_scores.0.into_iter().map(|row| {
            Ok((row.pillar, score(row.score, row.source, &row.principal, row.record_time)?))
        });
        let component_scores = self.component_scores.0.into_iter().map(|row| {
            Ok((row.component, score(row.score, row.source, &row.principal, row.record_time)?))
        });
        let assessments = self.assessments.0.into_iter().map(AssessmentRow::into_assessment);
        let evidence = self.evidence.0.into_iter().map(EvidenceRow::into_evidence);
        let mut assessments = assessments.collect::<Result<Vec<_>>>()?;
        assessments.sort_by(|one, other| {
            let key = |given: &Assessment| (given.item, given.level, given.record_time);
            key(one).cmp(&key(other)).then_with(|| one.principal.cmp(&other.principal))
        });
        Ok(LoadedEvaluation {
            evaluation_id: self.evaluation_id,
            evaluation: Evaluation {
                region: stored(RegionCode::parse(&self.region_code))?,
                cycle: stored(CycleId::parse(&self.cycle_id))?,
                simulated: self.simulated,
                state: stored(EvaluationState::parse(&self.state))?,
                counted_tallies: tallies.collect::<Result<_>>()?,
                tallies_given,
                program_reports: reports.collect::<Result<_>>()?,
                pillar_scores: pillar_scores.collect::<Result<_>>()?,
                component_scores: component_scores.collect::<Result<_>>()?,
                assessments,
                evidence: evidence.collect::<Result<_>>()?,
                life: Life {
                    cycle_open_time: self.cycle_open_time,
                    cycle_deadline_time: self.cycle_deadline_time,
                    return_deadline_time: self.return_deadline_time,
                    submit_time: self.submit_time,
                    late: self.late,
                    extensions: self.extensions.0.into_iter().map(Extension::from).collect(),
                    assignments: self.assignments.0.into_iter().map(Assignment::from).collect(),
                    objections: self.objections.0.into_iter().map(Objection::from).collect(),
                    transitions: self.transitions.0.into_iter().map(Transition::from).collect(),
                },
                create_time: self.create_time,
                update_time: self.update_time,
            },
            region_display_name: self.region_display_name,
            instrument: stored(InstrumentId::parse(&self.instrument_id))?,
        })
    }
}

fn score(score: Decimal, source: String, principal: &str, time: DateTime<Utc>) -> Result<Score> {
    Ok(Score::stored(score, source, given(principal, time)?))
}

/// By whom and when something was given; `None` in rows from before that was recorded.
fn given(principal: &str, time: DateTime<Utc>) -> Result<Option<Given>> {
    match principal {
        "" => Ok(None),
        known => Ok(Some(Given { principal: stored(Principal::parse(known))?, time })),
    }
}

impl AssessmentRow {
    fn into_assessment(self) -> Result<Assessment> {
        let item = match (self.pillar, self.component) {
            (Some(pillar), None) => Item::Pillar(pillar),
            (None, Some(component)) => Item::Component(component),
            _ => return Err(Error::Unreadable("an assessment of no item".into())),
        };
        Ok(Assessment {
            item,
            level: self.level,
            answer: Answer::stored(self.score, self.observation_status, self.source),
            principal: self.principal,
            record_time: self.record_time,
        })
    }
}

impl From<ExtensionRow> for Extension {
    fn from(row: ExtensionRow) -> Self {
        let ExtensionRow { deadline_time, reason, principal, record_time } = row;
        Self { deadline_time, reason, principal, record_time }
    }
}

impl From<AssignmentRow> for Assignment {
    fn from(row: AssignmentRow) -> Self {
        let AssignmentRow { principal, display_name, assign_time, conflict, conflict_time } = row;
        let conflict = conflict_time.map(|declare_time| Conflict { text: conflict, declare_time });
        Self { principal, display_name, assign_time, conflict }
    }
}

impl From<ObjectionRow> for Objection {
    fn from(row: ObjectionRow) -> Self {
        let ObjectionRow {
            comments,
            principal,
            object_time,
            answer,
            upheld,
            answer_principal,
            answer_time,
        } = row;
        let answered = upheld.zip(answer_principal).zip(answer_time);
        let answer = answered.map(|((upheld, principal), answer_time)| ObjectionAnswer {
            text: answer,
            upheld,
            principal,
            answer_time,
        });
        Self { comments, principal, object_time, answer }
    }
}

impl From<TransitionRow> for Transition {
    fn from(row: TransitionRow) -> Self {
        let TransitionRow {
            from_state,
            to_state,
            principal,
            role,
            transition_time,
            reason,
            comments,
        } = row;
        Self {
            from: from_state,
            to: to_state,
            principal,
            role,
            time: transition_time,
            reason,
            comments,
        }
    }
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
               cycle_id, simulated, instrument_id, state, evaluation.create_time, update_time,
               open_time as cycle_open_time, deadline_time as cycle_deadline_time,
               return_deadline_time, submit_time, late,
               (select coalesce(jsonb_agg(tally order by pillar), '[]')
                from tally
                where tally.evaluation_id = evaluation.evaluation_id) as "tallies!: Json<Vec<TallyRow>>",
               (select coalesce(jsonb_agg(to_jsonb(report) || jsonb_build_object(
                    'budget', budget::text, 'realised_budget', realised_budget::text)
                    order by program_id), '[]')
                from program_report report
                where report.evaluation_id = evaluation.evaluation_id)
                   as "program_reports!: Json<Vec<ProgramReportRow>>",
               (select coalesce(jsonb_agg(to_jsonb(pillar_score) || jsonb_build_object(
                    'score', score::text)), '[]')
                from pillar_score
                where pillar_score.evaluation_id = evaluation.evaluation_id)
                   as "pillar_scores!: Json<Vec<PillarScoreRow>>",
               (select coalesce(jsonb_agg(to_jsonb(component_score) || jsonb_build_object(
                    'score', score::text)), '[]')
                from component_score
                where component_score.evaluation_id = evaluation.evaluation_id)
                   as "component_scores!: Json<Vec<ComponentScoreRow>>",
               (select coalesce(jsonb_agg(
                    to_jsonb(assessment) || jsonb_build_object('score', score::text)), '[]')
                from assessment
                where assessment.evaluation_id = evaluation.evaluation_id)
                   as "assessments!: Json<Vec<AssessmentRow>>",
               (select coalesce(jsonb_agg(
                    to_jsonb(evidence) || jsonb_build_object('sha256', encode(sha256, 'hex'))
                    order by evidence_id), '[]')
                from evidence
                where evidence.evaluation_id = evaluation.evaluation_id)
                   as "evidence!: Json<Vec<EvidenceRow>>",
               (select coalesce(jsonb_agg(extension order by position), '[]')
                from evaluation_extension extension
                where extension.evaluation_id = evaluation.evaluation_id)
                   as "extensions!: Json<Vec<ExtensionRow>>",
               (select coalesce(jsonb_agg(assignment order by assign_time, principal), '[]')
                from assignment
                where assignment.evaluation_id = evaluation.evaluation_id)
                   as "assignments!: Json<Vec<AssignmentRow>>",
               (select coalesce(jsonb_agg(objection order by position), '[]')
                from objection
                where objection.evaluation_id = evaluation.evaluation_id)
                   as "objections!: Json<Vec<ObjectionRow>>",
               (select coalesce(jsonb_agg(transition order by position), '[]')
                from evaluation_transition transition
                where transition.evaluation_id = evaluation.evaluation_id)
                   as "transitions!: Json<Vec<TransitionRow>>"
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
