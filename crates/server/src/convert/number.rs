//! Exact numbers, and what stands for them where there are none.

use takar_domain::{
    exact::Exact,
    scorecard::{NullReason, UNROUNDED_DECIMALS},
};
use takar_proto::v1;

use super::words;

/// A number with as many decimals as are shown.
pub(super) fn number(exact: &Exact, decimals: u32) -> v1::Number {
    v1::Number {
        value: exact.round(decimals).to_string(),
        unrounded: exact.round(UNROUNDED_DECIMALS).to_string(),
        exact: Some(exact.to_string()),
    }
}

/// The square root of a number, which is no fraction; absent of what is negative.
pub(super) fn root(exact: &Exact, decimals: u32) -> Option<v1::Number> {
    Some(v1::Number {
        value: exact.square_root(decimals)?.to_string(),
        unrounded: exact.square_root(UNROUNDED_DECIMALS)?.to_string(),
        exact: None,
    })
}

/// A count on the wire, where no list is as long as the contract's number is large.
pub(super) fn count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The status of a figure without a value.
pub(super) const fn null_status(reason: NullReason) -> v1::ObservationStatus {
    words::observation_status(reason.status())
}
