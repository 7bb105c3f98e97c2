//! What is asked of an evaluation.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    access::Principal,
    assessment::{Answer, Item},
    evaluation::{Progress, Score},
    name::ProgramId,
    tally::Tally,
    vocabulary::{Component, Pillar},
};

/// The most remarks of one return or objection: several for each pillar and component.
pub const COMMENTS_MAX: usize = 50;

/// A remark on one item, or on the whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// What it is on; `None` for the whole.
    pub item: Option<Item>,
    /// The remark.
    pub text: String,
}

/// What is asked of an evaluation, each part of it valid in itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// To take counts of programmes.
    ReportTallies(Vec<(Pillar, Tally)>),
    /// To take reports on registered programmes.
    ReportPrograms(Vec<(ProgramId, Progress)>),
    /// To take the region's own scores.
    SelfAssess(Vec<(Item, Answer)>),
    /// To take the caller's scores as an assessor.
    Score(Vec<(Item, Answer)>),
    /// To take final scores.
    Moderate {
        /// Of pillars.
        pillars: Vec<(Pillar, Score)>,
        /// Of directly scored components.
        components: Vec<(Component, Score)>,
    },
    /// To hand it in.
    Submit {
        /// A note to those who review.
        note: String,
    },
    /// To begin the review.
    Review,
    /// To give it back to the region.
    Return {
        /// What is to be mended.
        comments: Vec<Comment>,
        /// Until when.
        deadline_time: Option<DateTime<Utc>>,
    },
    /// To conclude the review.
    Conclude,
    /// To object.
    Object {
        /// To what.
        comments: Vec<Comment>,
    },
    /// To answer the open objection.
    AnswerObjection {
        /// The answer.
        text: String,
        /// Whether it is upheld.
        upheld: bool,
    },
    /// To close it.
    Finalize,
    /// To withdraw it.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// To say that it can't be assessed.
    MarkNotAssessable {
        /// Why.
        reason: String,
    },
    /// To give it a later deadline.
    Extend {
        /// Until when.
        deadline_time: DateTime<Utc>,
        /// Why.
        reason: String,
    },
    /// To assign an assessor.
    Assign {
        /// Who.
        principal: Principal,
        /// The name by which people know them.
        display_name: String,
    },
    /// To end an assignment.
    Unassign {
        /// Whose.
        principal: Principal,
    },
    /// To declare the caller's own conflict of interest.
    DeclareConflict {
        /// What it is.
        text: String,
    },
}
