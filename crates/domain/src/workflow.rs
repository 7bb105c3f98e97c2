//! The life of an evaluation: its states, what leads from one to another, and what may be written
//! in which.

use crate::{
    policy,
    vocabulary::{EvaluationState as State, Role},
};

/// A step from one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// The region hands it in.
    Submit,
    /// The review begins.
    Review,
    /// It goes back to the region.
    Return,
    /// The review is concluded.
    Conclude,
    /// The region objects.
    Object,
    /// The objection is answered.
    AnswerObjection,
    /// It is closed.
    Finalize,
    /// A revision is published, the first or a further one.
    Publish,
    /// It is withdrawn.
    Withdraw,
    /// It can't be assessed.
    MarkNotAssessable,
}

/// What is written of an evaluation without a step to another state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edit {
    /// What the region reports of its programmes, as reports or counts.
    Report,
    /// The region's own scores.
    SelfAssess,
    /// An assessor's scores.
    Score,
    /// Final scores.
    Moderate,
    /// Evidence, by the region.
    SubmitEvidence,
    /// Whether evidence holds.
    JudgeEvidence,
    /// A later deadline.
    Extend,
    /// Who assesses.
    Assign,
}

/// What an evaluation's state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{verb} is not allowed in state {state}; allowed is {}", allowed_verbs(*state, *role))]
pub struct Illegal {
    /// What was asked for.
    pub verb: &'static str,
    /// Where the evaluation stands.
    pub state: State,
    /// In which role it was asked for.
    pub role: Role,
}

impl Action {
    /// All steps.
    pub const ALL: [Self; 10] = [
        Self::Submit,
        Self::Review,
        Self::Return,
        Self::Conclude,
        Self::Object,
        Self::AnswerObjection,
        Self::Finalize,
        Self::Publish,
        Self::Withdraw,
        Self::MarkNotAssessable,
    ];

    /// The custom verb of the API.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Review => "review",
            Self::Return => "return",
            Self::Conclude => "conclude",
            Self::Object => "object",
            Self::AnswerObjection => "answerObjection",
            Self::Finalize => "finalize",
            Self::Publish => "publish",
            Self::Withdraw => "withdraw",
            Self::MarkNotAssessable => "markNotAssessable",
        }
    }

    /// The states that the step leads from.
    pub const fn from(self) -> &'static [State] {
        match self {
            Self::Submit => &[State::Draft, State::Returned],
            Self::Review => &[State::Submitted],
            Self::Return | Self::Conclude => &[State::InReview],
            Self::Object | Self::Finalize => &[State::Scored],
            Self::AnswerObjection => &[State::Objection],
            Self::Publish => &[State::Final, State::Published],
            Self::Withdraw => &[
                State::Draft,
                State::Submitted,
                State::InReview,
                State::Returned,
                State::Scored,
                State::Objection,
            ],
            Self::MarkNotAssessable => {
                &[State::Draft, State::Submitted, State::InReview, State::Returned]
            }
        }
    }

    /// The state that the step leads to.
    pub const fn to(self) -> State {
        match self {
            Self::Submit => State::Submitted,
            Self::Review => State::InReview,
            Self::Return => State::Returned,
            Self::Conclude | Self::AnswerObjection => State::Scored,
            Self::Object => State::Objection,
            Self::Finalize => State::Final,
            Self::Publish => State::Published,
            Self::Withdraw => State::Withdrawn,
            Self::MarkNotAssessable => State::NotAssessable,
        }
    }

    /// The method of the API by which the step is taken.
    const fn method(self) -> &'static str {
        match self {
            Self::Submit => "EvaluationService/SubmitEvaluation",
            Self::Review => "EvaluationService/ReviewEvaluation",
            Self::Return => "EvaluationService/ReturnEvaluation",
            Self::Conclude => "EvaluationService/ConcludeEvaluation",
            Self::Object => "EvaluationService/ObjectToEvaluation",
            Self::AnswerObjection => "EvaluationService/AnswerObjection",
            Self::Finalize => "EvaluationService/FinalizeEvaluation",
            Self::Publish => "EvaluationService/PublishEvaluation",
            Self::Withdraw => "EvaluationService/WithdrawEvaluation",
            Self::MarkNotAssessable => "EvaluationService/MarkEvaluationNotAssessable",
        }
    }

    /// Whether the policy lets the role take the step, for some region at least.
    fn is_taken_by(self, role: Role) -> bool {
        policy::rule(self.method())
            .is_some_and(|row| row.admits.iter().any(|(admitted, _)| *admitted == role))
    }

    /// The state after the step.
    ///
    /// # Errors
    /// [`Illegal`] where the step does not lead from `state`.
    pub fn apply(self, state: State, role: Role) -> Result<State, Illegal> {
        if self.from().contains(&state) {
            Ok(self.to())
        } else {
            Err(Illegal { verb: self.verb(), state, role })
        }
    }
}

impl Edit {
    /// All edits.
    pub const ALL: [Self; 8] = [
        Self::Report,
        Self::SelfAssess,
        Self::Score,
        Self::Moderate,
        Self::SubmitEvidence,
        Self::JudgeEvidence,
        Self::Extend,
        Self::Assign,
    ];

    /// The custom verb of the API, or the word for several.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::SelfAssess => "selfAssess",
            Self::Score => "score",
            Self::Moderate => "moderate",
            Self::SubmitEvidence => "submit evidence",
            Self::JudgeEvidence => "judge evidence",
            Self::Extend => "extend",
            Self::Assign => "assign",
        }
    }

    /// The states in which someone in `role` may do it.
    ///
    /// The region writes while the evaluation is in its hands, assessors while they review, and the
    /// secretariat on behalf of the region, after an objection, and for a correction of what is
    /// published.
    pub const fn states(self, role: Role) -> &'static [State] {
        const OF_THE_REGION: &[State] = &[State::Draft, State::Returned];
        match (self, role) {
            (Self::Report | Self::SelfAssess | Self::SubmitEvidence, Role::Operator)
            | (Self::SelfAssess | Self::SubmitEvidence | Self::Extend, Role::Secretariat) => {
                OF_THE_REGION
            }
            (Self::Report | Self::Score | Self::JudgeEvidence, Role::Assessor)
            | (Self::JudgeEvidence, Role::Secretariat) => &[State::InReview],
            (Self::Report, Role::Secretariat) => &[
                State::Draft,
                State::Returned,
                State::InReview,
                State::Objection,
                State::Published,
            ],
            (Self::Moderate, Role::Secretariat) => {
                &[State::InReview, State::Objection, State::Published]
            }
            (Self::Assign, Role::Secretariat) => {
                &[State::Draft, State::Submitted, State::InReview, State::Returned]
            }
            _ => &[],
        }
    }

    /// Checks that `role` may do it in `state`.
    ///
    /// # Errors
    /// [`Illegal`] otherwise.
    pub fn check(self, state: State, role: Role) -> Result<(), Illegal> {
        if self.states(role).contains(&state) {
            Ok(())
        } else {
            Err(Illegal { verb: self.verb(), state, role })
        }
    }
}

/// What someone in `role` may do of an evaluation in `state`, as the verbs of the API.
fn allowed_verbs(state: State, role: Role) -> String {
    let steps = Action::ALL
        .into_iter()
        .filter(|action| action.from().contains(&state) && action.is_taken_by(role));
    let edits = Edit::ALL.into_iter().filter(|edit| edit.states(role).contains(&state));
    let verbs: Vec<_> = steps.map(Action::verb).chain(edits.map(Edit::verb)).collect();
    if verbs.is_empty() { format!("nothing to the role {role}") } else { verbs.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evaluation_can_go_from_a_draft_to_a_correction() {
        let steps = [
            Action::Submit,
            Action::Review,
            Action::Return,
            Action::Submit,
            Action::Review,
            Action::Conclude,
            Action::Object,
            Action::AnswerObjection,
            Action::Finalize,
            Action::Publish,
            Action::Publish,
        ];
        let end = steps
            .into_iter()
            .try_fold(State::Draft, |state, step| step.apply(state, Role::Secretariat));
        assert_eq!(end, Ok(State::Published));
    }

    #[test]
    fn the_policy_has_a_row_for_every_step() {
        for action in Action::ALL {
            assert!(action.is_taken_by(Role::Secretariat), "{action:?}");
        }
    }

    #[test]
    fn nothing_leads_out_of_the_states_that_end_it_and_published_stays_published() {
        for action in Action::ALL {
            for end in [State::Withdrawn, State::NotAssessable] {
                assert!(action.apply(end, Role::Secretariat).is_err(), "{action:?}");
            }
            let after = action.apply(State::Published, Role::Secretariat);
            assert!(matches!(after, Err(_) | Ok(State::Published)), "{action:?}");
        }
    }

    #[test]
    fn every_state_is_reached_and_a_step_changes_the_state_but_for_corrections() {
        for state in State::ALL {
            let is_reached = Action::ALL.into_iter().any(|action| action.to() == state);
            assert!(is_reached || state == State::Draft, "{state}");
        }
        for action in Action::ALL {
            let stays = action.from().contains(&action.to());
            assert_eq!(stays, action == Action::Publish, "{action:?}");
        }
    }

    #[test]
    fn an_illegal_step_names_what_is_allowed_to_the_role() {
        let illegal = Action::Publish.apply(State::Draft, Role::Secretariat).unwrap_err();
        assert_eq!(
            illegal.to_string(),
            "publish is not allowed in state draft; allowed is submit, withdraw, \
             markNotAssessable, report, selfAssess, submit evidence, extend, assign"
        );
        let illegal = Edit::Report.check(State::Submitted, Role::Operator).unwrap_err();
        assert_eq!(
            illegal.to_string(),
            "report is not allowed in state submitted; allowed is withdraw"
        );
        let illegal = Edit::Score.check(State::Final, Role::Assessor).unwrap_err();
        assert_eq!(
            illegal.to_string(),
            "score is not allowed in state final; allowed is nothing to the role assessor"
        );
    }

    #[test]
    fn what_is_final_is_written_by_nobody_and_scores_only_by_those_who_give_them() {
        for edit in Edit::ALL {
            for role in Role::ALL {
                assert!(edit.check(State::Final, role).is_err(), "{edit:?} {role}");
                assert!(edit.check(State::Withdrawn, role).is_err(), "{edit:?} {role}");
            }
        }
        assert!(Edit::Score.states(Role::Secretariat).is_empty());
        assert!(Edit::Moderate.states(Role::Assessor).is_empty());
        assert!(Edit::SelfAssess.states(Role::Assessor).is_empty());
    }
}
