//! The verbs, each as its request.

use takar_proto::v1::{
    AnswerObjectionRequest, Assessment, AssignAssessorRequest, Assignment, ComponentScore,
    ConcludeEvaluationRequest, DeclareConflictRequest, ExtendEvaluationRequest,
    FinalizeEvaluationRequest, Item, MarkEvaluationNotAssessableRequest, ModerateEvaluationRequest,
    ObjectToEvaluationRequest, PillarScore, Publication, PublishEvaluationRequest,
    ReportTalliesRequest, ReturnEvaluationRequest, ReviewEvaluationRequest, ScoreEvaluationRequest,
    SelfAssessEvaluationRequest, SubmitEvaluationRequest, Tally, UnassignAssessorRequest,
    WithdrawEvaluationRequest, item,
};

use super::Session;
use crate::{
    arguments::{Because, EvaluationCommand, Publish, Report, Scored, Scores},
    error::Error,
    import,
};

/// Sends the request of a verb.
pub(super) async fn run(verb: EvaluationCommand, session: &Session<'_>) -> Result<(), Error> {
    use EvaluationCommand as Verb;

    match verb {
        // The caller has them.
        Verb::List(_) | Verb::Show(_) | Verb::Create(_) => Ok(()),
        Verb::Report(report) => {
            let tallies = tallies(&report)?;
            let request = ReportTalliesRequest { tallies, ..Default::default() };
            session.change(&report.which, request).await
        }
        Verb::SelfAssess(Scores { which, given, source }) => {
            let assessments = assessments(given, &source);
            let request = SelfAssessEvaluationRequest { assessments, ..Default::default() };
            session.change(&which, request).await
        }
        Verb::Submit { which, note } => {
            let request = SubmitEvaluationRequest { note, ..Default::default() };
            session.change(&which, request).await
        }
        Verb::Extend { which, until, reason } => {
            let deadline_time = Some(until);
            let request = ExtendEvaluationRequest { deadline_time, reason, ..Default::default() };
            session.change(&which, request).await
        }
        Verb::Assign { which, who, name } => {
            let assignment = Assignment {
                principal: who.principal,
                display_name: name,
                ..Assignment::default()
            };
            let assignment = Some(assignment);
            let request = AssignAssessorRequest { assignment, ..Default::default() };
            session.change(&which, request).await
        }
        Verb::Unassign { which, who } => {
            let principal = who.principal;
            let request = UnassignAssessorRequest { principal, ..Default::default() };
            session.change(&which, request).await
        }
        Verb::DeclareConflict(Because { which, reason }) => {
            let request = DeclareConflictRequest { conflict: reason, ..Default::default() };
            session.change(&which, request).await
        }
        Verb::Review(which) => session.change(&which, ReviewEvaluationRequest::default()).await,
        Verb::Return { which, comments, until } => {
            let request = ReturnEvaluationRequest {
                comments: comments.comments,
                deadline_time: until,
                ..Default::default()
            };
            session.change(&which, request).await
        }
        Verb::Score(Scores { which, given, source }) => {
            let assessments = assessments(given, &source);
            let request = ScoreEvaluationRequest { assessments, ..Default::default() };
            session.change(&which, request).await
        }
        Verb::Moderate(Scores { which, given, source }) => {
            session.change(&which, moderation(given, &source)).await
        }
        Verb::Conclude(which) => session.change(&which, ConcludeEvaluationRequest::default()).await,
        Verb::Object { which, comments } => {
            let comments = comments.comments;
            let request = ObjectToEvaluationRequest { comments, ..Default::default() };
            session.change(&which, request).await
        }
        Verb::Answer { which, text, upheld } => {
            let request = AnswerObjectionRequest { answer: text, upheld, ..Default::default() };
            session.change(&which, request).await
        }
        Verb::Finalize(which) => session.change(&which, FinalizeEvaluationRequest::default()).await,
        Verb::Publish(Publish { which, source, letter_number, letter_date, reason }) => {
            let publication = Publication {
                source,
                letter_number,
                letter_date,
                reason,
                ..Publication::default()
            };
            let publication = Some(publication);
            let request = PublishEvaluationRequest { publication, ..Default::default() };
            session.change(&which, request).await
        }
        Verb::Withdraw(Because { which, reason }) => {
            let request = WithdrawEvaluationRequest { reason, ..Default::default() };
            session.change(&which, request).await
        }
        Verb::NotAssessable(Because { which, reason }) => {
            let request = MarkEvaluationNotAssessableRequest { reason, ..Default::default() };
            session.change(&which, request).await
        }
    }
}

fn tallies(report: &Report) -> Result<Vec<Tally>, Error> {
    let Report { which, file, tallies, source } = report;
    if let Some(file) = file {
        return import::tallies(file, &which.region, &which.cycle);
    }
    let source = source.clone().unwrap_or_default();
    let stated = |tally: &Tally| Tally { source: source.clone(), ..tally.clone() };
    Ok(tallies.iter().map(stated).collect())
}

fn assessments(scores: Vec<Scored>, source: &str) -> Vec<Assessment> {
    let assessment = |Scored { item, score }| Assessment {
        item: Some(Item { item: Some(item) }),
        score,
        source: source.to_owned(),
        ..Assessment::default()
    };
    scores.into_iter().map(assessment).collect()
}

fn moderation(scores: Vec<Scored>, source: &str) -> ModerateEvaluationRequest {
    let mut request = ModerateEvaluationRequest::default();
    for Scored { item, score } in scores {
        let source = source.to_owned();
        match item {
            item::Item::Pillar(pillar) => request.pillar_scores.push(PillarScore {
                pillar,
                score,
                source,
                ..PillarScore::default()
            }),
            item::Item::Component(component) => request.component_scores.push(ComponentScore {
                component,
                score,
                source,
                ..ComponentScore::default()
            }),
        }
    }
    request
}
