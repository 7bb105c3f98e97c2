//! Why a store operation failed, in the words of the domain.

use std::fmt;

use takar_domain::{
    deadline::NotOpen,
    fault::{Fault, Faults},
    import::ImportId,
    name::{CohortId, CycleId, EvidenceId, InstrumentId, ProgramId, RegionCode},
    quick_win::QuickWinRepeated,
    vocabulary::Pillar,
};

use crate::evaluations::EvaluationKey;

/// The result of a store operation.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a store operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing.
    #[error("{0} does not exist")]
    NotFound(Resource),
    /// There is one already.
    #[error("{0} exists already")]
    AlreadyExists(Resource),
    /// What is stored does not allow it.
    #[error(transparent)]
    Precondition(#[from] Precondition),
    /// The key of a repeated request came with another one before.
    #[error("the key {0:?} was used for another request before; a new request needs a new key")]
    KeyReused(String),
    /// The input does not fit what is stored.
    #[error("the input is refused")]
    Refused(#[source] Faults),
    /// The database cannot be reached or is too busy; trying again may help.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// What is stored cannot be read; another version's or a person's hand was there.
    #[error("stored data cannot be read")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database failed otherwise: a mistake of ours.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    /// The migrations cannot be applied.
    #[error("the migrations cannot be applied")]
    Migration(#[source] sqlx::migrate::MigrateError),
}

/// A thing that is stored, by its resource name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A region, by a current or former code.
    Region(RegionCode),
    /// A cohort.
    Cohort(CohortId),
    /// An instrument.
    Instrument(InstrumentId),
    /// A cycle.
    Cycle(CycleId),
    /// A programme of a region.
    Program(RegionCode, ProgramId),
    /// The evaluation of a region in a cycle.
    Evaluation(EvaluationKey),
    /// The scorecard of a region in a cycle.
    Scorecard(EvaluationKey),
    /// A piece of evidence of an evaluation.
    Evidence(EvaluationKey, EvidenceId),
    /// An import, of a region where it is limited to one.
    Import(Option<RegionCode>, ImportId),
    /// An API key, by its id.
    ApiKey(String),
}

/// Why what is stored does not allow an operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Precondition {
    /// A pillar of an evaluation is counted in one way.
    #[error("the {pillar} pillar of {evaluation} is counted from {existing} already")]
    TallyOrigin {
        /// The evaluation.
        evaluation: Resource,
        /// The pillar.
        pillar: Pillar,
        /// What it is counted from.
        existing: &'static str,
    },
    /// Provinces are not evaluated.
    #[error("{0} is a province; only a kabupaten or kota is evaluated")]
    RegionIsProvince(Resource),
    /// The codes of a province's regions begin with its own.
    #[error("{0} has regencies or cities, whose codes begin with its own")]
    ProvinceHasRegions(Resource),
    /// What has ended changes no more.
    #[error("{0} was merged into another region and has ended")]
    RegionEnded(Resource),
    /// A cycle may evaluate some regions only.
    #[error("{region} is not among the regions that cycles/{cycle} evaluates")]
    RegionNotEligible {
        /// The region.
        region: Resource,
        /// The cycle.
        cycle: CycleId,
    },
    /// The time for its evaluations has not begun.
    #[error("{cycle} is not open: {not_open}")]
    CycleNotOpen {
        /// The cycle.
        cycle: Resource,
        /// When it opens.
        not_open: NotOpen,
    },
    /// Evaluations rest on what their cycle is.
    #[error("{cycle} has evaluations, so {kept}")]
    CycleInUse {
        /// The cycle.
        cycle: Resource,
        /// What can't change therefore.
        kept: &'static str,
    },
    /// A cycle's scores follow from its instrument: another method is another instrument.
    #[error("{0} is used by a cycle, so it does not change any more")]
    InstrumentInUse(Resource),
    /// A pillar's reports are counted together.
    #[error("an evaluation has a report on {0}, so its pillar stays")]
    ProgramInUse(Resource),
    /// What is a quick win for years is none.
    #[error("{repeated}, by {evaluation}")]
    QuickWinRepeated {
        /// The evaluation with the report.
        evaluation: Resource,
        /// The programmes and their cycles.
        repeated: QuickWinRepeated,
    },
    /// A revision without content says nothing.
    #[error("nothing of {0} was reported or scored, so there is nothing to publish")]
    NothingToPublish(Resource),
}

impl fmt::Display for Resource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Region(code) => write!(formatter, "regions/{code}"),
            Self::Cohort(id) => write!(formatter, "cohorts/{id}"),
            Self::Instrument(id) => write!(formatter, "instruments/{id}"),
            Self::Cycle(id) => write!(formatter, "cycles/{id}"),
            Self::Program(region, id) => write!(formatter, "regions/{region}/programs/{id}"),
            Self::Evaluation(key) => {
                write!(formatter, "regions/{}/evaluations/{}", key.region, key.cycle)
            }
            Self::Scorecard(key) => {
                write!(formatter, "regions/{}/scorecards/{}", key.region, key.cycle)
            }
            Self::Evidence(EvaluationKey { region, cycle }, id) => {
                write!(formatter, "regions/{region}/evaluations/{cycle}/evidence/{id}")
            }
            Self::Import(None, id) => write!(formatter, "imports/{}", id.as_str()),
            Self::Import(Some(region), id) => {
                write!(formatter, "regions/{region}/imports/{}", id.as_str())
            }
            Self::ApiKey(id) => write!(formatter, "apiKeys/{id}"),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_) => Self::Unavailable(error),
            sqlx::Error::Database(cause) if cause.code().is_some_and(|code| is_passing(&code)) => {
                Self::Unavailable(error)
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::Unreadable(Box::new(error))
            }
            _ => Self::Database(error),
        }
    }
}

/// SQLSTATEs after which the same statement may succeed: connection exceptions (08), insufficient
/// resources (53), operator intervention such as a shutdown or a statement's time limit (57), and
/// serialisation failures (40).
fn is_passing(code: &str) -> bool {
    ["08", "53", "57", "40"].iter().any(|class| code.starts_with(class))
}

/// Turns a broken constraint into the error that it stands for.
pub(crate) trait OnConstraint<T> {
    /// `error()` where the named constraint was broken, else the database's error.
    fn on_constraint(self, constraint: &str, error: impl FnOnce() -> Error) -> Result<T>;
}

impl<T> OnConstraint<T> for std::result::Result<T, sqlx::Error> {
    fn on_constraint(self, constraint: &str, error: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(Error::from).on_constraint(constraint, error)
    }
}

impl<T> OnConstraint<T> for Result<T> {
    fn on_constraint(self, constraint: &str, error: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(|failure| match &failure {
            Error::Database(sqlx::Error::Database(cause))
                if cause.constraint() == Some(constraint) =>
            {
                error()
            }
            _ => failure,
        })
    }
}

/// Reads a stored word or code, which the database's checks keep well-formed.
pub(crate) fn stored<T>(result: std::result::Result<T, Fault>) -> Result<T> {
    result.map_err(|fault| Error::Unreadable(Box::new(fault)))
}
