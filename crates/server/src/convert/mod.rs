//! Wire messages into domain types and back; the only place that knows both.
//!
//! Every conversion destructures fully, so a new field of the contract is a compile error here until
//! it is dealt with.

mod access;
mod command;
mod evaluation;
mod explanation;
mod instrument;
mod life;
mod region;
mod region_changes;
mod registry;
mod scorecard;
mod words;

pub(crate) use access::{api_key, audit_entry, hex, parse_api_key};
pub(crate) use command::*;
pub(crate) use evaluation::evaluation;
pub(crate) use explanation::explanation;
pub(crate) use instrument::{instrument, parse_instrument};
pub(crate) use region::{parse_region, parse_region_kind_filter, parse_regions, region};
pub(crate) use region_changes::{Recoding, RegionUpdate, parse_recoding, parse_region_update};
pub(crate) use registry::{cohort, cycle, parse_cohort, parse_cycle, parse_program, program};
pub(crate) use scorecard::{parse_publication, parse_stated_figures, scorecard};

use std::{collections::BTreeSet, time::SystemTime};

use chrono::{DateTime, Utc};
use prost_types::Timestamp;
use takar_domain::fault::{Fault, Faults};

/// A time on the wire.
fn timestamp(time: DateTime<Utc>) -> Timestamp {
    SystemTime::from(time).into()
}

/// Reads a time.
pub(crate) fn parse_timestamp(time: Timestamp) -> Result<DateTime<Utc>, Fault> {
    let nanoseconds = u32::try_from(time.nanos).ok();
    nanoseconds
        .and_then(|nanoseconds| DateTime::from_timestamp(time.seconds, nanoseconds))
        .ok_or_else(|| {
            Fault::new(format!("{} s, {} ns", time.seconds, time.nanos), "a time of RFC 3339")
        })
}

/// Reads a message that the contract requires.
fn required<T>(message: Option<T>) -> Result<T, Fault> {
    message.ok_or_else(|| Fault::new("", "a value; it is required"))
}

/// Reads each item of a repeated field, noting the faults of all of them at `field[n]`.
fn each<Wire, Domain>(
    faults: &mut Faults,
    field: &str,
    items: Vec<Wire>,
    parse: impl Fn(Wire) -> Result<Domain, Faults>,
) -> Option<Vec<Domain>> {
    let parsed = items.into_iter().enumerate();
    let parsed: Vec<_> = parsed
        .map(|(index, item)| faults.keep(&format!("{field}[{index}]"), parse(item)))
        .collect();
    parsed.into_iter().collect()
}

/// As [`each`], and notes items whose key an earlier one has, at `field[n].key_field`.
fn each_once<Wire, Domain, Key: Ord + ToString>(
    faults: &mut Faults,
    field: &str,
    items: Vec<Wire>,
    parse: impl Fn(Wire) -> Result<Domain, Faults>,
    (key_field, key): (&str, impl Fn(&Domain) -> Key),
) -> Option<Vec<Domain>> {
    let items = each(faults, field, items, parse)?;
    let mut seen = BTreeSet::new();
    for (index, key) in items.iter().map(key).enumerate() {
        if seen.contains(&key) {
            faults.push(
                Fault::new(key.to_string(), "each once")
                    .at(&format!("{field}[{index}].{key_field}")),
            );
        }
        seen.insert(key);
    }
    Some(items)
}

/// Notes a repeated field that has too few or too many items.
fn check_count(faults: &mut Faults, field: &str, count: usize, minimum: usize, maximum: usize) {
    if !(minimum..=maximum).contains(&count) {
        let fault = Fault::new(format!("{count} items"), format!("{minimum} to {maximum} items"));
        faults.push(fault.at(field));
    }
}
