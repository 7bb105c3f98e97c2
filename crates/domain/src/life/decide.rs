//! The rules of the workflow.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{
    Assignment, Command, Comment, Conflict, Extension, Objection, ObjectionAnswer, Transition,
};
use crate::{
    access::Principal,
    assessment::{Answer, Assessment, Item},
    deadline::{NotOpen, check_open, seconds},
    evaluation::{Evaluation, Given, Progress, Score},
    evidence::EVIDENCE_MAX,
    fault::Fault,
    name::{EvidenceId, ProgramId},
    tally::Tally,
    vocabulary::{Component, Level, Pillar, Role},
    workflow::{Action, Edit, Illegal},
};

/// Who asks, in the role in which the policy admitted them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// In which role.
    pub role: Role,
}

/// What a command changes, for the store to write; all changes of a command or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Counts of a pillar.
    Tally(Pillar, Tally),
    /// A report on a programme of the region.
    Report(ProgramId, Progress),
    /// A score before the final one.
    Assessed(Assessment),
    /// A final score of a pillar.
    PillarScored(Pillar, Score),
    /// A final score of a component.
    ComponentScored(Component, Score),
    /// A step to another state.
    Moved(Transition),
    /// It was handed in, now.
    Submitted {
        /// Whether that, or an earlier time, was after the cycle's deadline.
        late: bool,
    },
    /// The region may submit again until then.
    ReturnDeadline(DateTime<Utc>),
    /// A later deadline.
    Extended(Extension),
    /// A new assessor, or one with a new display name.
    Assigned(Assignment),
    /// An assignment that ended.
    Unassigned(Principal),
    /// A conflict of the assessor's.
    Conflicted(Principal, Conflict),
    /// A new objection.
    Objected(Objection),
    /// The open objection, with its answer.
    ObjectionAnswered(ObjectionAnswer),
}

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The state does not allow it.
    #[error(transparent)]
    Illegal(#[from] Illegal),
    /// The time to submit has not begun.
    #[error(transparent)]
    NotOpen(#[from] NotOpen),
    /// The time to submit is over.
    #[error("the deadline was {}; it is {} now, by the server's clock", seconds(.deadline_time), seconds(.now))]
    DeadlinePassed {
        /// The deadline in force.
        deadline_time: DateTime<Utc>,
        /// When it was asked for.
        now: DateTime<Utc>,
    },
    /// Assessors differ, and nobody moderated.
    #[error("the assessors' scores differ for {}; moderate them first", list(.0))]
    ModerationNeeded(Vec<Item>),
    /// The caller does not assess it, or declared a conflict.
    #[error("{0} is not an assessor of the evaluation, or declared a conflict of interest")]
    NotAssessor(Principal),
    /// There is no such assignment.
    #[error("{0} is not assigned to the evaluation")]
    NotAssigned(Principal),
    /// What was scored stays.
    #[error("{0} has scored already; a conflict of interest would recuse them")]
    HasScored(Principal),
    /// There are as many pieces of evidence as there may be.
    #[error("the evaluation has {EVIDENCE_MAX} pieces of evidence already, which is the most")]
    EvidenceFull,
    /// What a reviewer relied on stays.
    #[error("the evidence {0} is verified, so that it stays")]
    EvidenceVerified(EvidenceId),
    /// A field of the command does not fit the evaluation.
    #[error(transparent)]
    Invalid(#[from] Fault),
}

/// What `command` changes, where it is allowed now.
///
/// # Errors
/// [`Refusal`].
pub fn decide(
    evaluation: &Evaluation,
    command: Command,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<Vec<Change>, Refusal> {
    let decision = Decision { evaluation, caller, now };
    match command {
        Command::ReportTallies(tallies) => {
            decision.check(Edit::Report)?;
            Ok(tallies.into_iter().map(|(pillar, tally)| Change::Tally(pillar, tally)).collect())
        }
        Command::ReportPrograms(reports) => {
            decision.check(Edit::Report)?;
            Ok(reports.into_iter().map(|(id, progress)| Change::Report(id, progress)).collect())
        }
        Command::SelfAssess(answers) => {
            decision.check(Edit::SelfAssess)?;
            Ok(decision.assessed(Level::SelfAssessed, answers))
        }
        Command::Score(answers) => {
            decision.check(Edit::Score)?;
            decision.check_assesses()?;
            Ok(decision.assessed(Level::Desk, answers))
        }
        Command::Moderate { pillars, components } => {
            decision.check(Edit::Moderate)?;
            Ok(decision.moderated(&pillars, &components))
        }
        Command::Submit { note } => decision.submit(note),
        Command::Review => Ok(vec![decision.step(Action::Review, String::new(), Vec::new())?]),
        Command::Return { comments, deadline_time } => decision.give_back(comments, deadline_time),
        Command::Conclude => decision.conclude(),
        Command::Object { comments } => decision.object(comments),
        Command::AnswerObjection { text, upheld } => decision.answer_objection(text, upheld),
        Command::Finalize => {
            Ok(vec![decision.step(Action::Finalize, String::new(), Vec::new())?])
        }
        Command::Withdraw { reason } => {
            Ok(vec![decision.step(Action::Withdraw, reason, Vec::new())?])
        }
        Command::MarkNotAssessable { reason } => {
            Ok(vec![decision.step(Action::MarkNotAssessable, reason, Vec::new())?])
        }
        Command::Extend { deadline_time, reason } => decision.extend(deadline_time, reason),
        Command::Assign { principal, display_name } => decision.assign(principal, display_name),
        Command::Unassign { principal } => decision.unassign(principal),
        Command::DeclareConflict { text } => decision.declare_conflict(text),
    }
}

/// The step by which a revision is published, the first or a further one.
///
/// # Errors
/// [`Refusal::Illegal`].
pub fn publication(
    evaluation: &Evaluation,
    caller: &Caller,
    now: DateTime<Utc>,
) -> Result<Change, Refusal> {
    let decision = Decision { evaluation, caller, now };
    Ok(decision.step(Action::Publish, String::new(), Vec::new())?)
}

/// One decision's surroundings.
struct Decision<'a> {
    evaluation: &'a Evaluation,
    caller: &'a Caller,
    now: DateTime<Utc>,
}

impl Decision<'_> {
    fn check(&self, edit: Edit) -> Result<(), Illegal> {
        edit.check(self.evaluation.state, self.caller.role)
    }

    /// The policy has looked before; between that and now a conflict may have been declared.
    fn check_assesses(&self) -> Result<(), Refusal> {
        if self.evaluation.life.assesses(&self.caller.principal) {
            Ok(())
        } else {
            Err(Refusal::NotAssessor(self.caller.principal.clone()))
        }
    }

    fn step(
        &self,
        action: Action,
        reason: String,
        comments: Vec<Comment>,
    ) -> Result<Change, Illegal> {
        let Caller { principal, role } = self.caller.clone();
        let from = self.evaluation.state;
        let to = action.apply(from, role)?;
        let time = self.now;
        Ok(Change::Moved(Transition { from, to, principal, role, time, reason, comments }))
    }

    fn assessed(&self, level: Level, answers: Vec<(Item, Answer)>) -> Vec<Change> {
        let assessment = |(item, answer)| Assessment {
            item,
            level,
            answer,
            principal: self.caller.principal.clone(),
            record_time: self.now,
        };
        answers.into_iter().map(assessment).map(Change::Assessed).collect()
    }

    fn moderated(
        &self,
        pillars: &[(Pillar, Score)],
        components: &[(Component, Score)],
    ) -> Vec<Change> {
        let given = |score: &Score| {
            Score::stored(score.value(), score.source().to_owned(), Some(self.given()))
        };
        let pillars =
            pillars.iter().map(|(pillar, score)| Change::PillarScored(*pillar, given(score)));
        let components = components
            .iter()
            .map(|(component, score)| Change::ComponentScored(*component, given(score)));
        pillars.chain(components).collect()
    }

    fn given(&self) -> Given {
        Given { principal: self.caller.principal.clone(), time: self.now }
    }

    fn submit(&self, note: String) -> Result<Vec<Change>, Refusal> {
        let step = self.step(Action::Submit, note, Vec::new())?;
        let life = &self.evaluation.life;
        check_open(life.cycle_open_time, self.now)?;
        if let Some(deadline_time) = life.deadline_time()
            && self.now > deadline_time
        {
            return Err(Refusal::DeadlinePassed { deadline_time, now: self.now });
        }
        // What was returned was in time or late before; mending it makes it neither.
        let is_first = life.submit_time.is_none();
        let is_after = life.cycle_deadline_time.is_some_and(|deadline| self.now > deadline);
        let late = if is_first { is_after } else { life.late };
        Ok(vec![step, Change::Submitted { late }])
    }

    fn give_back(
        &self,
        comments: Vec<Comment>,
        deadline_time: Option<DateTime<Utc>>,
    ) -> Result<Vec<Change>, Refusal> {
        let step = self.step(Action::Return, String::new(), comments)?;
        let is_over = self.evaluation.life.deadline_time().is_some_and(|time| time <= self.now);
        match deadline_time {
            None if is_over => {
                let allowed = "a time later than now, as the evaluation's deadline is over";
                Err(Fault::new("", allowed).at("deadline_time").into())
            }
            None => Ok(vec![step]),
            Some(time) => {
                check_later(time, self.now, "now")?;
                Ok(vec![step, Change::ReturnDeadline(time)])
            }
        }
    }

    /// Takes over the scores on which all assessors agree, where there is no final one yet.
    fn conclude(&self) -> Result<Vec<Change>, Refusal> {
        let step = self.step(Action::Conclude, String::new(), Vec::new())?;
        let mut desk: BTreeMap<Item, Vec<&Assessment>> = BTreeMap::new();
        for assessment in self.evaluation.counting_assessments() {
            if assessment.answer.score().is_some() && !self.is_final(assessment.item) {
                desk.entry(assessment.item).or_default().push(assessment);
            }
        }
        let differs = |scores: &[&Assessment]| {
            scores.iter().any(|other| other.answer.score() != scores[0].answer.score())
        };
        let differing: Vec<_> =
            desk.iter().filter(|(_, scores)| differs(scores)).map(|(item, _)| *item).collect();
        if !differing.is_empty() {
            return Err(Refusal::ModerationNeeded(differing));
        }
        let taken = desk.into_iter().filter_map(|(item, scores)| taken_over(item, scores[0]));
        Ok(taken.chain([step]).collect())
    }

    fn is_final(&self, item: Item) -> bool {
        match item {
            Item::Pillar(pillar) => self.evaluation.pillar_scores.contains_key(&pillar),
            Item::Component(component) => self.evaluation.component_scores.contains_key(&component),
        }
    }

    fn object(&self, comments: Vec<Comment>) -> Result<Vec<Change>, Refusal> {
        let step = self.step(Action::Object, String::new(), Vec::new())?;
        let objection = Objection {
            comments,
            principal: self.caller.principal.clone(),
            object_time: self.now,
            answer: None,
        };
        Ok(vec![step, Change::Objected(objection)])
    }

    fn answer_objection(&self, text: String, upheld: bool) -> Result<Vec<Change>, Refusal> {
        let step = self.step(Action::AnswerObjection, String::new(), Vec::new())?;
        let principal = self.caller.principal.clone();
        let answer = ObjectionAnswer { text, upheld, principal, answer_time: self.now };
        Ok(vec![step, Change::ObjectionAnswered(answer)])
    }

    fn extend(&self, deadline_time: DateTime<Utc>, reason: String) -> Result<Vec<Change>, Refusal> {
        self.check(Edit::Extend)?;
        check_later(deadline_time, self.now, "now")?;
        let Some(current) = self.evaluation.life.deadline_time() else {
            let allowed = "no extension, as the cycle has no deadline";
            return Err(Fault::new(seconds(&deadline_time), allowed).at("deadline_time").into());
        };
        check_later(deadline_time, current, "the deadline in force")?;
        let principal = self.caller.principal.clone();
        let record_time = self.now;
        Ok(vec![Change::Extended(Extension { deadline_time, reason, principal, record_time })])
    }

    fn assign(&self, principal: Principal, display_name: String) -> Result<Vec<Change>, Refusal> {
        self.check(Edit::Assign)?;
        if [Principal::anonymous(), Principal::system()].contains(&principal) {
            return Err(Fault::new(principal, "someone who is known").at("principal").into());
        }
        let existing = self.evaluation.life.assignment(&principal).cloned();
        let assignment = match existing {
            Some(assignment) => Assignment { display_name, ..assignment },
            None => Assignment { principal, display_name, assign_time: self.now, conflict: None },
        };
        Ok(vec![Change::Assigned(assignment)])
    }

    fn unassign(&self, principal: Principal) -> Result<Vec<Change>, Refusal> {
        self.check(Edit::Assign)?;
        if self.evaluation.life.assignment(&principal).is_none() {
            return Err(Refusal::NotAssigned(principal));
        }
        let mut assessments = self.evaluation.assessments.iter();
        let has_scored = assessments
            .any(|assessment| assessment.level == Level::Desk && assessment.principal == principal);
        if has_scored {
            return Err(Refusal::HasScored(principal));
        }
        Ok(vec![Change::Unassigned(principal)])
    }

    fn declare_conflict(&self, text: String) -> Result<Vec<Change>, Refusal> {
        self.check_assesses()?;
        let conflict = Conflict { text, declare_time: self.now };
        Ok(vec![Change::Conflicted(self.caller.principal.clone(), conflict)])
    }
}

fn check_later(time: DateTime<Utc>, than: DateTime<Utc>, name: &str) -> Result<(), Fault> {
    if time > than {
        return Ok(());
    }
    let allowed = format!("a time later than {name}, which is {}", seconds(&than));
    Err(Fault::new(seconds(&time), allowed).at("deadline_time"))
}

/// An assessor's score as the final one; it keeps who gave it and when.
fn taken_over(item: Item, assessment: &Assessment) -> Option<Change> {
    let Assessment { item: _, level: _, answer, principal, record_time } = assessment;
    let given = Given { principal: principal.clone(), time: *record_time };
    let score = Score::stored(answer.score()?, answer.source().to_owned(), Some(given));
    Some(match item {
        Item::Pillar(pillar) => Change::PillarScored(pillar, score),
        Item::Component(component) => Change::ComponentScored(component, score),
    })
}

fn list(items: &[Item]) -> String {
    items.iter().map(Item::to_string).collect::<Vec<_>>().join(", ")
}
