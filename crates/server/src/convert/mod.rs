//! Wire messages into domain types and back; the only place that knows both.
//!
//! Every conversion destructures fully, so a new field of the contract is a compile error here until
//! it is dealt with.

mod access;
mod analysis;
mod cohort;
mod command;
mod cycle;
mod evaluation;
mod evidence;
mod explanation;
mod import;
mod instrument;
mod life;
mod number;
mod program;
mod ranking;
mod region;
mod region_changes;
mod scorecard;
mod shortlist;
mod summary;
mod trend;
mod words;

pub(crate) use access::{api_key, audit_entry, hex, parse_api_key};
pub(crate) use analysis::{Unranked, parse_change, parse_plan, progress, robustness, what_if};
pub(crate) use cohort::{cohort, parse_cohort, parse_cohort_of};
pub(crate) use command::*;
pub(crate) use cycle::{cycle, parse_cycle, parse_cycle_of};
pub(crate) use evaluation::evaluation;
pub(crate) use evidence::{
    Proposal, evidence, parse_evidence, parse_evidence_filter, parse_rejection, parse_upload,
};
pub(crate) use explanation::explanation;
pub(crate) use import::{ImportAsked, import, import_ended, import_progress, parse_import_rows};
pub(crate) use instrument::{instrument, parse_instrument, parse_instrument_of};
pub(crate) use program::{parse_program, parse_program_of, program};
pub(crate) use ranking::{parse_kept_measure, parse_tie_rule, ranking};
pub(crate) use region::{parse_region, parse_region_kind_filter, parse_regions, region};
pub(crate) use region_changes::{
    Merger, Recoding, Split, check_successors, parse_merger, parse_recoding, parse_split,
};
pub(crate) use scorecard::{parse_publication, parse_stated_figures, scorecard};
pub(crate) use shortlist::{parse_terms, shortlist};
pub(crate) use summary::summary;
pub(crate) use trend::{cohort_trend, trend};

use std::{collections::BTreeSet, time::SystemTime};

use chrono::{DateTime, Datelike as _, Utc};
use prost_types::Timestamp;
use takar_domain::fault::{Fault, Faults};

/// A time on the wire.
pub(crate) fn timestamp(time: DateTime<Utc>) -> Timestamp {
    SystemTime::from(time).into()
}

/// Reads a time.
pub(crate) fn parse_timestamp(time: Timestamp) -> Result<DateTime<Utc>, Fault> {
    let nanoseconds = u32::try_from(time.nanos).ok();
    nanoseconds
        .and_then(|nanoseconds| DateTime::from_timestamp(time.seconds, nanoseconds))
        .filter(|time| (1..=9999).contains(&time.year()))
        .ok_or_else(|| {
            let allowed = "a time of RFC 3339, of the years 1 to 9999";
            Fault::new(format!("{} s, {} ns", time.seconds, time.nanos), allowed)
        })
}

/// Reads a message that the contract requires.
pub(crate) fn required<T>(message: Option<T>) -> Result<T, Fault> {
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

/// As [`each`], and notes items whose key an earlier one has, at `field[n].key_field`, or at
/// `field[n]` where the key is all of it.
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
            let fault = Fault::new(key.to_string(), "each once").at(key_field);
            faults.push(fault.at(&format!("{field}[{index}]")));
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
