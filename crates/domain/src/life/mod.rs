//! The life of one evaluation: what is kept of it, and what a command changes.
//!
//! [`decide`] is the whole of the workflow's rules. It is pure: the same evaluation, command, caller
//! and time always give the same changes, or the same refusal.

mod command;
mod decide;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use command::{COMMENTS_MAX, Command, Comment};
pub use decide::{Caller, Change, Refusal, decide, publication};

use crate::{
    access::Principal,
    vocabulary::{EvaluationState, Role},
};

/// How an evaluation came to its state, and what went with that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// When the cycle opens, where that is said.
    pub cycle_open_time: Option<DateTime<Utc>>,
    /// The deadline of the cycle, where it has one.
    pub cycle_deadline_time: Option<DateTime<Utc>>,
    /// The time given with the newest return.
    pub return_deadline_time: Option<DateTime<Utc>>,
    /// When it was last submitted.
    pub submit_time: Option<DateTime<Utc>>,
    /// Whether it was first submitted after the cycle's deadline.
    pub late: bool,
    /// Later deadlines that it was given, oldest first.
    pub extensions: Vec<Extension>,
    /// Who assesses it, in the order of assignment.
    pub assignments: Vec<Assignment>,
    /// Objections of the region, oldest first.
    pub objections: Vec<Objection>,
    /// The steps so far, oldest first.
    pub transitions: Vec<Transition>,
}

/// A later deadline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Until when the region may submit.
    pub deadline_time: DateTime<Utc>,
    /// Why.
    pub reason: String,
    /// Who gave it.
    pub principal: Principal,
    /// When.
    pub record_time: DateTime<Utc>,
}

/// An assessor of the evaluation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Who.
    pub principal: Principal,
    /// The name by which people know them.
    pub display_name: String,
    /// When they were assigned.
    pub assign_time: DateTime<Utc>,
    /// The conflict of interest that they declared, and when.
    pub conflict: Option<Conflict>,
}

/// A declared conflict of interest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// What it is.
    pub text: String,
    /// When it was declared.
    pub declare_time: DateTime<Utc>,
}

/// An objection of the region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// What the region objects to.
    pub comments: Vec<Comment>,
    /// Who objected.
    pub principal: Principal,
    /// When.
    pub object_time: DateTime<Utc>,
    /// The answer; `None` while it is open.
    pub answer: Option<ObjectionAnswer>,
}

/// The answer to an objection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectionAnswer {
    /// What is answered.
    pub text: String,
    /// Whether the objection is upheld.
    pub upheld: bool,
    /// Who answered.
    pub principal: Principal,
    /// When.
    pub answer_time: DateTime<Utc>,
}

/// A step from one state to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// The state before.
    pub from: EvaluationState,
    /// The state after.
    pub to: EvaluationState,
    /// Who took it.
    pub principal: Principal,
    /// In which role.
    pub role: Role,
    /// When.
    pub time: DateTime<Utc>,
    /// Why; empty where none was asked for.
    pub reason: String,
    /// Remarks that went with it.
    pub comments: Vec<Comment>,
}

impl Life {
    /// Until when the region may submit; `None` for any time.
    pub fn deadline_time(&self) -> Option<DateTime<Utc>> {
        let extended = self.extensions.iter().map(|extension| extension.deadline_time).max();
        let of_cycle = self.cycle_deadline_time?;
        [Some(of_cycle), extended, self.return_deadline_time].into_iter().flatten().max()
    }

    /// The assignment of `principal`.
    pub fn assignment(&self, principal: &Principal) -> Option<&Assignment> {
        self.assignments.iter().find(|assignment| assignment.principal == *principal)
    }

    /// Whether the scores of `principal` count: assigned, and without a conflict.
    pub fn assesses(&self, principal: &Principal) -> bool {
        self.assignment(principal).is_some_and(|assignment| assignment.conflict.is_none())
    }
}
