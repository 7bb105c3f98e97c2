//! Who may call what, enforced in one layer before a handler sees the request.
//!
//! ```text
//! credential -> Actor -> rule of the method -> Admission -> handler
//! ```
//!
//! A method without a rule is not there. What is refused of the writes goes into the audit trail.

mod address;
mod authenticate;
mod layer;

use takar_domain::{access::Principal, vocabulary::Role};
use takar_store::Call;
use tonic::Request;

pub(crate) use layer::{AccessLayer, rule};

use crate::error::Error;

/// How the policy admitted a call.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    /// The role that counts.
    pub(crate) role: Role,
    /// What may be shown.
    pub(crate) view: View,
    /// Who calls which method, for the audit trail.
    pub(crate) call: Call,
}

/// What of a list or a scorecard may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// All that is asked for.
    Whole,
    /// What is published.
    Published,
    /// What is assigned to this assessor.
    AssignedTo(Principal),
}

/// The admission of a call.
///
/// # Errors
/// [`Error::NotAdmitted`] where the layer was not asked: a mistake of ours, which must not let
/// anyone in.
pub(crate) fn admission<M>(request: &Request<M>) -> Result<Admission, Error> {
    request.extensions().get().cloned().ok_or(Error::NotAdmitted)
}
