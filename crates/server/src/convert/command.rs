//! Requests that change an evaluation, into the domain's commands.
//!
//! Each reads what its message asks for; the name, the etag and the key of the request are read
//! before, alike for all.

#![expect(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "one form for all, those that ask for nothing more than their step too"
)]

use takar_domain::{
    access::Principal,
    assessment::{Answer, Item},
    evaluation::{Delivery, Progress, REPORTS_MAX, Score, check_directly_scored},
    fault::{Fault, Faults},
    instrument::Instrument,
    life::Command,
    name::{ProgramId, RegionCode, parse_display_name, parse_optional_text, parse_required_text},
    registry::Region,
    rupiah::Rupiah,
    tally::Tally,
    vocabulary::{Component, Pillar},
};
use takar_proto::v1;
use takar_store::LockedEvaluation;

use super::{
    check_count, each_once,
    life::{parse_comments, parse_item},
    parse_timestamp, required, words,
};
use crate::name;

/// What an evaluation's message asks for, with what it is asked of.
type Parsed = Result<Command, Faults>;

pub(crate) fn tallies(message: v1::ReportTalliesRequest, _: &LockedEvaluation) -> Parsed {
    let v1::ReportTalliesRequest { name: _, tallies, etag: _, request_id: _ } = message;
    parse_tallies(tallies).map(Command::ReportTallies)
}

pub(crate) fn reports(message: v1::ReportProgramsRequest, of: &LockedEvaluation) -> Parsed {
    let v1::ReportProgramsRequest { name: _, reports, etag: _, request_id: _ } = message;
    parse_reports(reports, &of.region).map(Command::ReportPrograms)
}

pub(crate) fn self_assess(
    message: v1::SelfAssessEvaluationRequest,
    of: &LockedEvaluation,
) -> Parsed {
    let v1::SelfAssessEvaluationRequest { name: _, assessments, etag: _, request_id: _ } = message;
    parse_assessments(assessments, &of.instrument).map(Command::SelfAssess)
}

pub(crate) fn score(message: v1::ScoreEvaluationRequest, of: &LockedEvaluation) -> Parsed {
    let v1::ScoreEvaluationRequest { name: _, assessments, etag: _, request_id: _ } = message;
    parse_assessments(assessments, &of.instrument).map(Command::Score)
}

pub(crate) fn moderate(message: v1::ModerateEvaluationRequest, of: &LockedEvaluation) -> Parsed {
    let v1::ModerateEvaluationRequest {
        name: _,
        pillar_scores,
        component_scores,
        etag: _,
        request_id: _,
    } = message;
    let (pillars, components) = parse_scores(pillar_scores, component_scores, &of.instrument)?;
    Ok(Command::Moderate { pillars, components })
}

pub(crate) fn submit(message: v1::SubmitEvaluationRequest, _: &LockedEvaluation) -> Parsed {
    let v1::SubmitEvaluationRequest { name: _, note, etag: _, request_id: _ } = message;
    let note = parse_optional_text(&note).map_err(|fault| fault.at("note"))?;
    Ok(Command::Submit { note })
}

pub(crate) fn review(message: v1::ReviewEvaluationRequest, _: &LockedEvaluation) -> Parsed {
    let v1::ReviewEvaluationRequest { name: _, etag: _, request_id: _ } = message;
    Ok(Command::Review)
}

pub(crate) fn give_back(message: v1::ReturnEvaluationRequest, _: &LockedEvaluation) -> Parsed {
    let v1::ReturnEvaluationRequest { name: _, comments, deadline_time, etag: _, request_id: _ } =
        message;
    let mut faults = Faults::none();
    let comments = faults.merge(parse_comments(comments));
    let time = faults.keep("deadline_time", deadline_time.map(parse_timestamp).transpose());
    let parts = comments.zip(time);
    faults.into_result(
        parts.map(|(comments, deadline_time)| Command::Return { comments, deadline_time }),
    )
}

pub(crate) fn conclude(message: v1::ConcludeEvaluationRequest, _: &LockedEvaluation) -> Parsed {
    let v1::ConcludeEvaluationRequest { name: _, etag: _, request_id: _ } = message;
    Ok(Command::Conclude)
}

pub(crate) fn object(message: v1::ObjectToEvaluationRequest, _: &LockedEvaluation) -> Parsed {
    let v1::ObjectToEvaluationRequest { name: _, comments, etag: _, request_id: _ } = message;
    Ok(Command::Object { comments: parse_comments(comments)? })
}

pub(crate) fn answer_objection(
    message: v1::AnswerObjectionRequest,
    _: &LockedEvaluation,
) -> Parsed {
    let v1::AnswerObjectionRequest { name: _, answer, upheld, etag: _, request_id: _ } = message;
    let text = parse_required_text(&answer).map_err(|fault| fault.at("answer"))?;
    Ok(Command::AnswerObjection { text, upheld })
}

pub(crate) fn finalize(message: v1::FinalizeEvaluationRequest, _: &LockedEvaluation) -> Parsed {
    let v1::FinalizeEvaluationRequest { name: _, etag: _, request_id: _ } = message;
    Ok(Command::Finalize)
}

pub(crate) fn withdraw(message: v1::WithdrawEvaluationRequest, _: &LockedEvaluation) -> Parsed {
    let v1::WithdrawEvaluationRequest { name: _, reason, etag: _, request_id: _ } = message;
    Ok(Command::Withdraw { reason: parse_reason(&reason)? })
}

pub(crate) fn mark_not_assessable(
    message: v1::MarkEvaluationNotAssessableRequest,
    _: &LockedEvaluation,
) -> Parsed {
    let v1::MarkEvaluationNotAssessableRequest { name: _, reason, etag: _, request_id: _ } =
        message;
    Ok(Command::MarkNotAssessable { reason: parse_reason(&reason)? })
}

pub(crate) fn extend(message: v1::ExtendEvaluationRequest, _: &LockedEvaluation) -> Parsed {
    let v1::ExtendEvaluationRequest { name: _, deadline_time, reason, etag: _, request_id: _ } =
        message;
    let mut faults = Faults::none();
    let time = faults.keep("deadline_time", required(deadline_time).and_then(parse_timestamp));
    let reason = faults.merge(parse_reason(&reason));
    let parts = time.zip(reason);
    faults
        .into_result(parts.map(|(deadline_time, reason)| Command::Extend { deadline_time, reason }))
}

pub(crate) fn assign(message: v1::AssignAssessorRequest, _: &LockedEvaluation) -> Parsed {
    let v1::AssignAssessorRequest { name: _, assignment, etag: _, request_id: _ } = message;
    let assignment = required(assignment).map_err(|fault| fault.at("assignment"))?;
    let v1::Assignment { principal, display_name, assign_time: _, conflict: _, conflict_time: _ } =
        assignment;
    let mut faults = Faults::none();
    let principal = faults.keep("assignment.principal", Principal::parse(&principal));
    let name = faults.keep("assignment.display_name", parse_display_name(&display_name));
    let parts = principal.zip(name);
    faults.into_result(
        parts.map(|(principal, display_name)| Command::Assign { principal, display_name }),
    )
}

pub(crate) fn unassign(message: v1::UnassignAssessorRequest, _: &LockedEvaluation) -> Parsed {
    let v1::UnassignAssessorRequest { name: _, principal, etag: _, request_id: _ } = message;
    let principal = Principal::parse(&principal).map_err(|fault| fault.at("principal"))?;
    Ok(Command::Unassign { principal })
}

pub(crate) fn declare_conflict(
    message: v1::DeclareConflictRequest,
    _: &LockedEvaluation,
) -> Parsed {
    let v1::DeclareConflictRequest { name: _, conflict, etag: _, request_id: _ } = message;
    let text = parse_required_text(&conflict).map_err(|fault| fault.at("conflict"))?;
    Ok(Command::DeclareConflict { text })
}

fn parse_reason(reason: &str) -> Result<String, Faults> {
    parse_required_text(reason).map_err(|fault| fault.at("reason").into())
}

/// The most scores of one request: one for each pillar and component.
const ITEMS_MAX: usize = Pillar::ALL.len() + Component::ALL.len();

/// Scores of items on the instrument's scale, each item once.
fn parse_assessments(
    assessments: Vec<v1::Assessment>,
    instrument: &Instrument,
) -> Result<Vec<(Item, Answer)>, Faults> {
    let scale = instrument.definition().scale;
    let mut faults = Faults::none();
    check_count(&mut faults, "assessments", assessments.len(), 1, ITEMS_MAX);
    let parse = |assessment| {
        let v1::Assessment { item, score, status, source, level: _, principal: _, record_time: _ } =
            assessment;
        let mut faults = Faults::none();
        let item = required(item).and_then(|item| parse_scored_item(item, instrument));
        let item = faults.keep("item", item);
        let status = (status != 0).then(|| words::parse_observation_status(status)).transpose();
        let status = faults.keep("status", status);
        let answer =
            status.and_then(|status| faults.merge(Answer::parse(&score, status, &source, scale)));
        faults.into_result(item.zip(answer))
    };
    let item = |(item, _): &(Item, _)| *item;
    let assessments = each_once(&mut faults, "assessments", assessments, parse, ("item", item));
    faults.into_result(assessments)
}

fn parse_scored_item(item: v1::Item, instrument: &Instrument) -> Result<Item, Fault> {
    let item = parse_item(item)?;
    if let Item::Component(component) = item {
        check_directly_scored(component, instrument).map_err(|fault| fault.at("component"))?;
    }
    Ok(item)
}

/// Tallies reported as counts, each pillar once.
fn parse_tallies(tallies: Vec<v1::Tally>) -> Result<Vec<(Pillar, Tally)>, Faults> {
    let mut faults = Faults::none();
    check_count(&mut faults, "tallies", tallies.len(), 1, Pillar::ALL.len());
    let parse = |tally| {
        let v1::Tally { pillar, running, planned, not_due, origin: _, source } = tally;
        let mut faults = Faults::none();
        let pillar = faults.keep("pillar", words::parse_pillar(pillar));
        let tally = faults.merge(Tally::counted(running, planned, not_due, &source));
        faults.into_result(pillar.zip(tally))
    };
    let pillar = |(pillar, _): &(Pillar, _)| *pillar;
    let tallies = each_once(&mut faults, "tallies", tallies, parse, ("pillar", pillar));
    faults.into_result(tallies)
}

/// Reports on programmes of `region`, by any of its codes, each programme once.
fn parse_reports(
    reports: Vec<v1::ProgramReport>,
    region: &Region,
) -> Result<Vec<(ProgramId, Progress)>, Faults> {
    let mut faults = Faults::none();
    check_count(&mut faults, "reports", reports.len(), 1, REPORTS_MAX);
    let parse = |report| {
        let v1::ProgramReport { program, status, reason, budget, realised_budget, quick_win } =
            report;
        let mut faults = Faults::none();
        let id = faults.keep("program", parse_program_of(&program, region));
        let status = faults.keep("status", words::parse_status(status));
        let progress = status
            .and_then(|status| faults.merge(Progress::new(status, &reason).map_err(Faults::from)));
        let budget = faults.keep("budget", Rupiah::parse_optional(&budget));
        let realised = faults.keep("realised_budget", Rupiah::parse_optional(&realised_budget));
        let delivery = budget.zip(realised).map(|(budget, realised_budget)| Delivery {
            budget,
            realised_budget,
            quick_win,
        });
        let progress = progress.zip(delivery);
        let progress = progress.map(|(progress, delivery)| progress.with_delivery(delivery));
        faults.into_result(id.zip(progress))
    };
    let id = |(id, _): &(ProgramId, _)| id.clone();
    let reports = each_once(&mut faults, "reports", reports, parse, ("program", id));
    faults.into_result(reports)
}

fn parse_program_of(program: &str, region: &Region) -> Result<ProgramId, Fault> {
    let (code, id) = name::program(program)?;
    check_region(&code, region).map_err(|fault| Fault::new(program, fault.allowed))?;
    Ok(id)
}

/// Checks that a programme's region is the evaluation's, by its current or a former code.
pub(super) fn check_region(code: &RegionCode, region: &Region) -> Result<(), Fault> {
    let mut former_codes = region.former_codes.iter();
    if *code == region.code || former_codes.any(|former| former.code == *code) {
        return Ok(());
    }
    let allowed = format!("a programme of the evaluation's region, regions/{}", region.code);
    Err(Fault::new(format_args!("regions/{code}"), allowed))
}

/// Scores of pillars and of components.
type Scores = (Vec<(Pillar, Score)>, Vec<(Component, Score)>);

/// Scores of pillars and components on the instrument's scale, each once and at least one.
fn parse_scores(
    pillars: Vec<v1::PillarScore>,
    components: Vec<v1::ComponentScore>,
    instrument: &Instrument,
) -> Result<Scores, Faults> {
    let mut faults = Faults::none();
    if pillars.is_empty() && components.is_empty() {
        faults.push(
            Fault::new("0 scores", "at least one score of a pillar or component")
                .at("pillar_scores"),
        );
    }
    let pillars = faults.merge(parse_pillar_scores(pillars, instrument));
    let components = faults.merge(parse_component_scores(components, instrument));
    faults.into_result(pillars.zip(components))
}

/// Scores of pillars on the instrument's scale, each pillar once.
fn parse_pillar_scores(
    scores: Vec<v1::PillarScore>,
    instrument: &Instrument,
) -> Result<Vec<(Pillar, Score)>, Faults> {
    let scale = instrument.definition().scale;
    let mut faults = Faults::none();
    check_count(&mut faults, "pillar_scores", scores.len(), 0, Pillar::ALL.len());
    let parse = |score| {
        let v1::PillarScore { pillar, score, source, principal: _, record_time: _ } = score;
        let mut faults = Faults::none();
        let pillar = faults.keep("pillar", words::parse_pillar(pillar));
        let score = faults.merge(Score::parse(&score, &source, scale));
        faults.into_result(pillar.zip(score))
    };
    let pillar = |(pillar, _): &(Pillar, _)| *pillar;
    let scores = each_once(&mut faults, "pillar_scores", scores, parse, ("pillar", pillar));
    faults.into_result(scores)
}

/// Scores of directly scored components on the instrument's scale, each component once.
fn parse_component_scores(
    scores: Vec<v1::ComponentScore>,
    instrument: &Instrument,
) -> Result<Vec<(Component, Score)>, Faults> {
    let scale = instrument.definition().scale;
    let mut faults = Faults::none();
    check_count(&mut faults, "component_scores", scores.len(), 0, Component::ALL.len());
    let parse = |score| {
        let v1::ComponentScore { component, score, source, principal: _, record_time: _ } = score;
        let mut faults = Faults::none();
        let component = words::parse_component(component)
            .and_then(|component| check_directly_scored(component, instrument).map(|()| component));
        let component = faults.keep("component", component);
        let score = faults.merge(Score::parse(&score, &source, scale));
        faults.into_result(component.zip(score))
    };
    let component = |(component, _): &(Component, _)| *component;
    let scores =
        each_once(&mut faults, "component_scores", scores, parse, ("component", component));
    faults.into_result(scores)
}
