//! Rows that are written together: in one transaction, all or none.

use takar_domain::import::{Counts, Kind, RowFault};
use takar_store::Write;

use super::{evaluations, messages::Reporter, plan::Part, programs};
use crate::error::Error;

/// What came of the rows: what they did, or why none of them is written.
pub(super) type Written = Result<Result<Counts, Vec<RowFault>>, Error>;

/// Writes rows, and notes for the audit trail what they change.
///
/// Where they are at fault, the transaction is not to be committed: some may be written already.
pub(super) async fn write(write: &mut Write, part: Part<'_>, reporter: &Reporter) -> Written {
    match (part.order.kind, &part.order.cycle) {
        (Kind::Programs, _) | (_, None) => programs::write(write, part, reporter).await,
        (_, Some(cycle)) => evaluations::write(write, part, cycle, reporter).await,
    }
}
