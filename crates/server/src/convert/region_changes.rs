//! What is asked to become of regions.

use chrono::NaiveDate;
use takar_domain::{
    fault::{Fault, Faults},
    name::{RegionCode, parse_required_text},
    publication::parse_optional_date,
    region_history::{REGION_CHANGE_MAX, RegionEvent, check_related},
    registry::Region,
};
use takar_proto::v1;

use super::{check_count, each, parse_region};
use crate::name;

/// A region to be given another code.
pub(crate) struct Recoding {
    /// Which one.
    pub(crate) code: RegionCode,
    /// Its new code.
    pub(crate) new_code: RegionCode,
    /// The last day of the old code.
    pub(crate) end_date: Option<NaiveDate>,
    /// Where it is stated.
    pub(crate) source: String,
    /// The state that the caller knows.
    pub(crate) etag: String,
}

pub(crate) fn parse_recoding(request: v1::RecodeRegionRequest) -> Result<Recoding, Faults> {
    let v1::RecodeRegionRequest { name, new_code, end_date, source, etag, request_id: _ } = request;
    let mut faults = Faults::none();
    let code = faults.keep("name", name::region(&name));
    let new_code = RegionCode::parse(&new_code).and_then(|new| check_parts(code.as_ref(), new));
    let new_code = faults.keep("new_code", new_code);
    let end_date = faults.keep("end_date", parse_optional_date(&end_date));
    let source = faults.keep("source", parse_required_text(&source));
    let parts = code.zip(new_code).zip(end_date).zip(source);
    faults.into_result(parts.map(|(((code, new_code), end_date), source)| Recoding {
        code,
        new_code,
        end_date,
        source,
        etag,
    }))
}

/// A region from which others are split.
pub(crate) struct Split {
    /// Which one.
    pub(crate) code: RegionCode,
    /// The new regions.
    pub(crate) successors: Vec<Region>,
    /// When, and where that is stated.
    pub(crate) event: RegionEvent,
    /// The state that the caller knows.
    pub(crate) etag: String,
}

pub(crate) fn parse_split(request: v1::SplitRegionRequest) -> Result<Split, Faults> {
    let v1::SplitRegionRequest { name, successors, change_date, source, etag, request_id: _ } =
        request;
    let mut faults = Faults::none();
    let code = faults.keep("name", name::region(&name));
    check_count(&mut faults, "successors", successors.len(), 1, REGION_CHANGE_MAX);
    let successors = each(&mut faults, "successors", successors, parse_region);
    let event = faults.merge(parse_event(&change_date, &source));
    let parts = code.zip(successors).zip(event);
    faults.into_result(parts.map(|((code, successors), event)| Split {
        code,
        successors,
        event,
        etag,
    }))
}

/// Checks that the new regions are of kinds that can come of the one that is split.
///
/// # Errors
/// [`Faults`] of `successors[n].region.kind`.
pub(crate) fn check_successors(region: &Region, successors: &[Region]) -> Result<(), Faults> {
    let mut faults = Faults::none();
    for (index, successor) in successors.iter().enumerate() {
        let field = format!("successors[{index}].region.kind");
        faults.keep(&field, check_related(region.kind, successor.kind));
    }
    faults.into_result(Some(()))
}

/// Regions to be merged into another one.
pub(crate) struct Merger {
    /// Those that end.
    pub(crate) sources: Vec<RegionCode>,
    /// The other one.
    pub(crate) into: RegionCode,
    /// When, and where that is stated.
    pub(crate) event: RegionEvent,
    /// The state of the other one that the caller knows.
    pub(crate) etag: String,
}

pub(crate) fn parse_merger(request: v1::MergeRegionsRequest) -> Result<Merger, Faults> {
    let v1::MergeRegionsRequest { sources, into, change_date, source, etag, request_id: _ } =
        request;
    let mut faults = Faults::none();
    check_count(&mut faults, "sources", sources.len(), 1, REGION_CHANGE_MAX);
    let parse = |source: String| name::region(&source).map_err(Faults::from);
    let sources = each(&mut faults, "sources", sources, parse);
    let into = faults.keep("into", name::region(&into));
    let event = faults.merge(parse_event(&change_date, &source));
    let parts = sources.zip(into).zip(event);
    faults.into_result(parts.map(|((sources, into), event)| Merger { sources, into, event, etag }))
}

fn parse_event(change_date: &str, source: &str) -> Result<RegionEvent, Faults> {
    let mut faults = Faults::none();
    let date = parse_optional_date(change_date)
        .and_then(|date| date.ok_or_else(|| Fault::new("", "a date as YYYY-MM-DD")));
    let date = faults.keep("change_date", date);
    let source = faults.keep("source", parse_required_text(source));
    let parts = date.zip(source);
    faults.into_result(parts.map(|(change_date, source)| RegionEvent { change_date, source }))
}

/// Checks that a new code has as many parts as the old one: a province stays one.
fn check_parts(old: Option<&RegionCode>, new: RegionCode) -> Result<RegionCode, Fault> {
    match old.map(|old| old.province().is_some()) {
        Some(true) if new.province().is_none() => Err(Fault::new(new, "a code like 33.05")),
        Some(false) if new.province().is_some() => Err(Fault::new(new, "a code like 33")),
        _ => Ok(new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_province_stays_a_province() {
        let code = |code| RegionCode::parse(code).unwrap();
        for (old, new, fits) in [
            ("91", "94", true),
            ("91.09", "94.04", true),
            ("91", "94.04", false),
            ("91.09", "94", false),
        ] {
            assert_eq!(check_parts(Some(&code(old)), code(new)).is_ok(), fits, "{old} {new}");
        }
    }
}
