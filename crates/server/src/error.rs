//! Errors into gRPC statuses, with `google.rpc.ErrorInfo` always and `BadRequest` where fields are
//! wrong.

mod framework;

use std::{collections::HashMap, io, num::NonZeroU32, time::Duration};

use takar_domain::{
    fault::{Fault, Faults},
    life::Refusal,
    robustness::NotAnalysable,
    workflow::Illegal,
};
use takar_objects::ObjectError;
use takar_store::{Error as StoreError, Precondition, Resource};
use tonic::{Code, Response, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

pub(crate) use framework::with_error_info;

use crate::identity::IdentityError;

/// The domain of the reasons in `ErrorInfo`.
const ERROR_DOMAIN: &str = "takar.evaluation.v1";

/// The most bytes of field violations in one status. A status travels in a header, of which clients
/// take 8 KiB at least; in base64 this is two thirds of that.
const VIOLATIONS_MAX_BYTES: usize = 4 * 1024;

/// Why a request cannot be answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Fields of the request are wrong.
    #[error(transparent)]
    Invalid(Faults),
    /// The store refuses or fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The credential does not say who calls.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The public may not call the method.
    #[error("a credential is needed: `authorization: Bearer ...` with an API key or a token")]
    CredentialRequired,
    /// The caller may not call the method, for what the request names or at all.
    ///
    /// It says the same whether what is named exists or not.
    #[error("the caller's roles do not allow this, or not for what the request names")]
    NotPermitted,
    /// The call did not go through the layer that admits.
    #[error("the call was not admitted")]
    NotAdmitted,
    /// A change must name the state that it knows.
    #[error("{0}: give its etag as it was read, or `*` for whatever it is now")]
    EtagRequired(String),
    /// The resource has changed since.
    #[error("{0} has changed since it was read; read it again")]
    EtagMismatch(String),
    /// The workflow does not allow it.
    #[error(transparent)]
    Workflow(#[from] Refusal),
    /// Files of evidence are not taken here.
    #[error("this server takes no files of evidence, only links")]
    NoObjects,
    /// This server holds real results only.
    #[error("this server does not simulate: it would have to run with --allow-simulation")]
    SimulationOff,
    /// Only a file is downloaded.
    #[error("{0} is a link, which is followed, not a file")]
    EvidenceIsLink(String),
    /// A file of evidence can't be stored or read.
    #[error(transparent)]
    Objects(#[from] ObjectError),
    /// As many exports as may be are being made.
    #[error("as many exports as may be, {0}, are being made; ask again later")]
    TooManyExports(NonZeroU32),
    /// Nobody takes what is exported.
    #[error("the export was given up: nothing of it was taken for a minute")]
    ExportNotTaken,
    /// A file that is exported can't be made to its end.
    #[error("a file that is exported can't be made to its end")]
    Export(#[source] io::Error),
    /// The server doesn't know where the public finds it.
    #[error(
        "this server has no catalogue: it is not told under which address the public reaches it"
    )]
    NoPublicUrl,
    /// The system gives no randomness.
    #[error("the system gives no randomness")]
    Random(#[source] getrandom::Error),
    /// Ranks can't be analysed.
    #[error(transparent)]
    NotAnalysable(#[from] NotAnalysable),
    /// As many analyses are carried out as may be at once.
    #[error("as many analyses are being carried out as may be at once; try again in a while")]
    AnalysesBusy {
        /// When one of them should be over.
        retry_after: Duration,
    },
    /// The caller waits no more, and hears nothing of it.
    #[error("the call was cancelled")]
    NotWanted,
    /// A task of ours panicked.
    #[error("a task failed")]
    Panicked(#[source] tokio::task::JoinError),
    /// An answer that was kept can't be read.
    #[error("an answer that was kept can't be read")]
    Kept(#[source] prost::DecodeError),
}

impl From<Illegal> for Error {
    fn from(illegal: Illegal) -> Self {
        Self::Workflow(illegal.into())
    }
}

impl From<Faults> for Error {
    fn from(faults: Faults) -> Self {
        Self::Invalid(faults)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Invalid(fault.into())
    }
}

/// Renders what a handler worked out.
pub(crate) async fn answer<T>(
    work: impl Future<Output = Result<T, Error>>,
) -> Result<Response<T>, Status> {
    work.await.map(Response::new).map_err(Status::from)
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid(faults) | Error::Store(StoreError::Refused(faults)) => invalid(&faults),
            Error::Store(error) => refused_by_store(&error),
            Error::Identity(error) => not_identified(&error),
            Error::Workflow(refusal) => refused_by_workflow(refusal),
            Error::CredentialRequired => {
                bare(Code::Unauthenticated, "AUTHENTICATION_REQUIRED", &error)
            }
            Error::NotPermitted => bare(Code::PermissionDenied, "NOT_PERMITTED", &error),
            Error::EtagRequired(_) => bare(Code::FailedPrecondition, "IF_MATCH_REQUIRED", &error),
            Error::EtagMismatch(_) => bare(Code::Aborted, "ETAG_MISMATCH", &error),
            Error::NoObjects => bare(Code::Unimplemented, "EVIDENCE_STORE_NOT_SET", &error),
            Error::SimulationOff => bare(Code::FailedPrecondition, "SIMULATION_OFF", &error),
            Error::EvidenceIsLink(_) => bare(Code::FailedPrecondition, "EVIDENCE_IS_LINK", &error),
            Error::Objects(error) => failed_with_objects(&error),
            Error::NotAnalysable(_) => bare(Code::FailedPrecondition, "NOT_ANALYSABLE", &error),
            Error::AnalysesBusy { retry_after } => {
                busy("ANALYSES_BUSY", error.to_string(), retry_after)
            }
            Error::NotWanted => bare(Code::Cancelled, "CANCELLED", &error),
            Error::TooManyExports(_) => bare(Code::ResourceExhausted, "TOO_MANY_EXPORTS", &error),
            Error::ExportNotTaken => bare(Code::DeadlineExceeded, "EXPORT_NOT_TAKEN", &error),
            Error::NoPublicUrl => bare(Code::Unimplemented, "PUBLIC_URL_NOT_SET", &error),
            Error::NotAdmitted
            | Error::Random(_)
            | Error::Panicked(_)
            | Error::Kept(_)
            | Error::Export(_) => {
                log(&error);
                internal()
            }
        }
    }
}

/// A status that says no more than the error does.
fn bare(code: Code, reason: &str, error: &Error) -> Status {
    status(code, reason, error.to_string(), HashMap::new())
}

/// A refusal of what can be done a little later.
fn busy(reason: &str, message: String, retry_after: Duration) -> Status {
    let mut details = ErrorDetails::with_error_info(reason, ERROR_DOMAIN, HashMap::new());
    details.set_retry_info(Some(retry_after));
    Status::with_error_details(Code::ResourceExhausted, message, details)
}

fn refused_by_workflow(refusal: Refusal) -> Status {
    let reason = match &refusal {
        Refusal::Illegal(_) => "ILLEGAL_TRANSITION",
        Refusal::NotOpen(_) => "CYCLE_NOT_OPEN",
        Refusal::DeadlinePassed { .. } => "DEADLINE_PASSED",
        Refusal::ModerationNeeded(_) => "MODERATION_NEEDED",
        Refusal::NotAssessor(_) => "NOT_ASSESSOR",
        Refusal::NotAssigned(_) => "NOT_ASSIGNED",
        Refusal::HasScored(_) => "HAS_SCORED",
        Refusal::EvidenceFull => "EVIDENCE_FULL",
        Refusal::EvidenceVerified(_) => "EVIDENCE_VERIFIED",
        Refusal::Invalid(fault) => return invalid(&fault.clone().into()),
    };
    bare(Code::FailedPrecondition, reason, &refusal.into())
}

fn not_identified(error: &IdentityError) -> Status {
    let code = match error {
        IdentityError::ProviderUnavailable => Code::Unavailable,
        IdentityError::Malformed(_)
        | IdentityError::Expired
        | IdentityError::NotYetValid
        | IdentityError::WrongAudience
        | IdentityError::WrongIssuer
        | IdentityError::UnknownKey
        | IdentityError::UnknownApiKey
        | IdentityError::Revoked
        | IdentityError::NoProvider
        | IdentityError::BadSignature
        | IdentityError::AlgorithmNotAllowed => Code::Unauthenticated,
    };
    status(code, error.reason(), error.to_string(), HashMap::new())
}

fn invalid(faults: &Faults) -> Status {
    let mut bytes = 0;
    let violations: Vec<_> = faults
        .iter()
        .map(violation)
        .take_while(|violation| {
            bytes += violation.field.len() + violation.description.len();
            bytes <= VIOLATIONS_MAX_BYTES
        })
        .collect();
    let count = faults.iter().count();
    let message = match violations.as_slice() {
        [one] if count == 1 => format!("{}: {}", one.field, one.description),
        all if count == all.len() => format!("{count} fields are not allowed as they are"),
        some => format!(
            "{count} fields are not allowed as they are; the first {} of them are listed",
            some.len()
        ),
    };
    let mut details = ErrorDetails::with_bad_request(violations);
    details.set_error_info("INVALID_FIELDS", ERROR_DOMAIN, HashMap::new());
    Status::with_error_details(Code::InvalidArgument, message, details)
}

fn violation(fault: &Fault) -> FieldViolation {
    let description = format!("{:?} is not allowed; allowed is {}", fault.value, fault.allowed);
    FieldViolation::new(&fault.field, description)
}

fn refused_by_store(error: &StoreError) -> Status {
    let message = error.to_string();
    match error {
        StoreError::NotFound(resource) => {
            about(Code::NotFound, "RESOURCE_NOT_FOUND", message, resource)
        }
        StoreError::AlreadyExists(resource) => {
            about(Code::AlreadyExists, "RESOURCE_ALREADY_EXISTS", message, resource)
        }
        StoreError::Precondition(precondition) => {
            let (reason, resource) = match precondition {
                Precondition::TallyOrigin { evaluation, pillar: _, existing: _ } => {
                    ("TALLY_ORIGIN_CONFLICT", evaluation)
                }
                Precondition::RegionIsProvince(region) => ("REGION_IS_PROVINCE", region),
                Precondition::ProvinceHasRegions(region) => ("PROVINCE_HAS_REGIONS", region),
                Precondition::RegionEnded(region) => ("REGION_ENDED", region),
                Precondition::RegionNotEligible { region, cycle: _ } => {
                    ("REGION_NOT_ELIGIBLE", region)
                }
                Precondition::CycleNotOpen { cycle, not_open: _ } => ("CYCLE_NOT_OPEN", cycle),
                Precondition::CycleInUse { cycle, kept: _ } => ("CYCLE_IN_USE", cycle),
                Precondition::InstrumentInUse(instrument) => ("INSTRUMENT_IN_USE", instrument),
                Precondition::ProgramInUse(program) => ("PROGRAM_IN_USE", program),
                Precondition::QuickWinRepeated { evaluation, repeated: _ } => {
                    ("QUICK_WIN_REPEATED", evaluation)
                }
                Precondition::NothingToPublish(evaluation) => ("NOTHING_TO_PUBLISH", evaluation),
            };
            about(Code::FailedPrecondition, reason, message, resource)
        }
        StoreError::KeyReused(_) => {
            status(Code::InvalidArgument, "KEY_REUSED", message, HashMap::new())
        }
        StoreError::Refused(faults) => invalid(faults),
        StoreError::Unavailable(_) => {
            log(error);
            // The cause names hosts and statements, which are nobody's business outside.
            status(Code::Unavailable, "DATABASE_UNAVAILABLE", message, HashMap::new())
        }
        StoreError::Unreadable(_) | StoreError::Database(_) | StoreError::Migration(_) => {
            log(error);
            internal()
        }
    }
}

fn failed_with_objects(error: &ObjectError) -> Status {
    log(error);
    // What else the error says names directories and hosts.
    let (code, reason, message) = match error {
        ObjectError::Altered(_) => (
            Code::DataLoss,
            "EVIDENCE_ALTERED",
            "the stored file is not the one that was uploaded; it was altered or damaged",
        ),
        ObjectError::NotFound(_) => {
            (Code::DataLoss, "EVIDENCE_LOST", "the file that was uploaded is not there any more")
        }
        ObjectError::Unavailable(_) => {
            (Code::Unavailable, "EVIDENCE_STORE_UNAVAILABLE", "files of evidence are not available")
        }
        ObjectError::Setting(_)
        | ObjectError::Environment(_)
        | ObjectError::Directory { .. }
        | ObjectError::TooLarge { .. }
        | ObjectError::Refused(_) => return internal(),
    };
    status(code, reason, message.to_owned(), HashMap::new())
}

fn internal() -> Status {
    let message = "an internal error; it was logged".to_owned();
    status(Code::Internal, "INTERNAL", message, HashMap::new())
}

fn about(code: Code, reason: &str, message: String, resource: &Resource) -> Status {
    status(code, reason, message, HashMap::from([("resource".to_owned(), resource.to_string())]))
}

fn status(code: Code, reason: &str, message: String, metadata: HashMap<String, String>) -> Status {
    let details = ErrorDetails::with_error_info(reason, ERROR_DOMAIN, metadata);
    Status::with_error_details(code, message, details)
}

/// The status of a call to a method that is not there.
pub(crate) fn method_not_found() -> Status {
    let message = "this server has no such method".to_owned();
    status(Code::Unimplemented, "METHOD_NOT_FOUND", message, HashMap::new())
}

/// The status of a message that is larger than the limit.
pub(crate) fn message_too_large(max_bytes: usize) -> Status {
    let message = format!("the message is larger than the limit of {max_bytes} bytes");
    status(Code::OutOfRange, "MESSAGE_TOO_LARGE", message, HashMap::new())
}

/// The name of a code, as the audit trail has it.
pub(crate) const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// The status of a call that took longer than it may.
pub(crate) fn deadline_exceeded(patience: Duration) -> Status {
    status(
        Code::DeadlineExceeded,
        "DEADLINE_EXCEEDED",
        format!("the call was not answered within {} ms", patience.as_millis()),
        HashMap::new(),
    )
}

/// Logs an error that is not the caller's, with its causes, where it is answered.
pub(crate) fn log(error: &(dyn std::error::Error + 'static)) {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    tracing::error!(causes = causes.join(": "), "{error}");
}

#[cfg(test)]
mod tests;
