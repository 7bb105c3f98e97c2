//! The command line of evaluations: a subcommand for each verb of their life.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use prost_types::Timestamp;
use takar_proto::v1::{Comment, Tally};

use super::{
    parse_cycle, parse_region,
    value::{self, Scored},
};

/// Both forms of `report`: clap would put the file, which is one of a group, first.
const REPORT_USAGE: &str = "takar evaluation report [OPTIONS] <REGION> <CYCLE> <FILE>
       takar evaluation report [OPTIONS] <REGION> <CYCLE> --tally <PILLAR=RUNNING/PLANNED>... \
    --source <TEXT>";

#[derive(Debug, Subcommand)]
pub(crate) enum EvaluationCommand {
    /// Lists evaluations, one a line
    List(EvaluationList),
    /// Shows where an evaluation stands, with its counts, scores, assessors, objections and steps
    Show(Which),
    /// Creates an evaluation, as a draft
    Create(Which),
    /// Reports how many programmes run and are planned, as counts or from a result file
    Report(Report),
    /// Gives the region's own scores
    SelfAssess(Scores),
    /// Hands the evaluation in
    Submit {
        #[command(flatten)]
        which: Which,
        /// A note for those who review it
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Gives the region more time to submit
    Extend {
        #[command(flatten)]
        which: Which,
        /// Until when: `2026-12-31T23:59:59+07:00`
        #[arg(long, value_name = "TIME", value_parser = value::time)]
        until: Timestamp,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Assigns an assessor
    Assign {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        who: Who,
        /// The name by which people know them
        #[arg(long)]
        name: String,
    },
    /// Takes an assessor away who has not scored yet
    Unassign {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        who: Who,
    },
    /// Declares a conflict of interest of one's own as an assessor
    DeclareConflict(Because),
    /// Begins the review
    Review(Which),
    /// Gives the evaluation back to the region
    Return {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        comments: Comments,
        /// Until when the region may submit it again
        #[arg(long, value_name = "TIME", value_parser = value::time)]
        until: Option<Timestamp>,
    },
    /// Gives an assessor's own scores
    Score(Scores),
    /// Gives the final scores
    Moderate(Scores),
    /// Concludes the review
    Conclude(Which),
    /// Objects to the scores, for the region
    Object {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        comments: Comments,
    },
    /// Answers the region's objection
    Answer {
        #[command(flatten)]
        which: Which,
        /// The answer
        #[arg(long)]
        text: String,
        /// The objection is upheld
        #[arg(long)]
        upheld: bool,
    },
    /// Closes the evaluation, before it is published
    Finalize(Which),
    /// Publishes the scorecard; once published, a further revision with its reason
    Publish(Publish),
    /// Withdraws the evaluation
    Withdraw(Because),
    /// Says that the evaluation can't be assessed, which is not a score of 0
    NotAssessable(Because),
}

/// Which evaluation.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The region's Kemendagri code: `33.05`
    #[arg(value_parser = parse_region)]
    pub(crate) region: String,
    /// The cycle: `2022`
    #[arg(value_parser = parse_cycle)]
    pub(crate) cycle: String,
}

/// Which evaluations are listed.
#[derive(Debug, Args)]
pub(crate) struct EvaluationList {
    /// Only those of this cycle: `2022`
    #[arg(long, value_parser = parse_cycle)]
    pub(crate) cycle: Option<String>,

    /// Only those of this region: `33.05`
    #[arg(long, value_name = "CODE", value_parser = parse_region)]
    pub(crate) region: Option<String>,

    /// Only those in this state: `submitted`, `in-review`
    #[arg(long, value_parser = value::state)]
    pub(crate) state: Option<i32>,

    /// At most so many
    #[arg(long, value_name = "COUNT")]
    pub(crate) limit: Option<usize>,
}

/// What is reported of programmes.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("reported").required(true)), override_usage = REPORT_USAGE)]
pub(crate) struct Report {
    #[command(flatten)]
    pub(crate) which: Which,

    /// A result file of kind `evaluation`, whose tallies are reported
    #[arg(value_name = "FILE", group = "reported")]
    pub(crate) file: Option<PathBuf>,

    /// Programmes running and planned of a pillar, once for each: `governance=9/9`
    #[arg(long = "tally", value_name = "PILLAR=RUNNING/PLANNED", value_parser = value::tally)]
    #[arg(group = "reported", requires = "source")]
    pub(crate) tallies: Vec<Tally>,

    /// Where the counts are stated; the file says it of its own
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    pub(crate) source: Option<String>,
}

/// Scores of pillars and components.
#[derive(Debug, Args)]
pub(crate) struct Scores {
    #[command(flatten)]
    pub(crate) which: Which,

    /// A score, once for each pillar or directly scored component: `governance=3.5`
    #[arg(id = "scores", long = "score", value_name = "ITEM=SCORE", value_parser = value::scored)]
    #[arg(required = true)]
    pub(crate) given: Vec<Scored>,

    /// What the scores rest on
    #[arg(long, value_name = "TEXT")]
    pub(crate) source: String,
}

/// An assessor.
#[derive(Debug, Args)]
pub(crate) struct Who {
    /// The assessor: `users/SUBJECT` or `apiKeys/ID`
    pub(crate) principal: String,
}

/// Remarks.
#[derive(Debug, Args)]
pub(crate) struct Comments {
    /// A remark, once for each: `governance: no evidence`, or on the whole
    #[arg(long = "comment", value_name = "TEXT", value_parser = value::comment, required = true)]
    pub(crate) comments: Vec<Comment>,
}

/// A step that needs a reason.
#[derive(Debug, Args)]
pub(crate) struct Because {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

/// How a revision is published.
#[derive(Debug, Args)]
pub(crate) struct Publish {
    #[command(flatten)]
    pub(crate) which: Which,

    /// Where the result is stated, for people to find it
    #[arg(long, value_name = "TEXT")]
    pub(crate) source: String,

    /// The number of the letter that states it
    #[arg(long, value_name = "NUMBER", requires = "letter_date", default_value = "")]
    pub(crate) letter_number: String,

    /// The date of the letter, `YYYY-MM-DD`
    #[arg(long, value_name = "DATE", requires = "letter_number", default_value = "")]
    pub(crate) letter_date: String,

    /// Why a further revision is published
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
}
