//! Regions.

use chrono::NaiveDate;
use takar_domain::{
    fault::{Fault, Faults},
    name::{RegionCode, parse_display_name, parse_required_text},
    publication::parse_optional_date,
    region_history::{FormerName, RegionHistory, Relation},
    registry::{FormerCode, Region},
    vocabulary::RegionKind,
};
use takar_proto::v1;

use super::{check_count, each, required, timestamp, words};

pub(crate) fn region(region: Region) -> v1::Region {
    let Region { code, kind, display_name, former_codes, history } = region;
    let RegionHistory { former_names, end_date, predecessors, successors } = history;
    let former_codes = former_codes.into_iter().map(|former| {
        let FormerCode { code, end_date, source } = former;
        v1::region::FormerCode { code: code.into(), end_date: date(end_date), source }
    });
    v1::Region {
        name: format!("regions/{code}"),
        kind: words::region_kind(kind).into(),
        display_name,
        province: code.province().map(|province| format!("regions/{province}")).unwrap_or_default(),
        former_codes: former_codes.collect(),
        code: code.into(),
        etag: String::new(),
        former_names: former_names.into_iter().map(former_name).collect(),
        end_date: date(end_date),
        predecessors: predecessors.into_iter().map(relation).collect(),
        successors: successors.into_iter().map(relation).collect(),
    }
}

/// A day that may be missing.
fn date(date: Option<NaiveDate>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

fn former_name(former: FormerName) -> v1::region::FormerName {
    let FormerName { display_name, end_time } = former;
    v1::region::FormerName { display_name, end_time: Some(timestamp(end_time)) }
}

fn relation(relation: Relation) -> v1::region::Relation {
    let Relation { region, change, change_date, source } = relation;
    v1::region::Relation {
        region: format!("regions/{region}"),
        change: words::region_change(change).into(),
        change_date: change_date.to_string(),
        source,
    }
}

pub(crate) fn parse_region(request: v1::CreateRegionRequest) -> Result<Region, Faults> {
    let v1::CreateRegionRequest { region_id, region, request_id: _ } = request;
    let mut faults = Faults::none();
    let code = faults.keep("region_id", RegionCode::parse(&region_id));
    let region = faults.keep("region", required(region));
    let parts = region.map(|region| {
        // The name follows from the id; the code, the province and the history are output only.
        let v1::Region {
            name: _,
            code: _,
            kind,
            display_name,
            province: _,
            former_codes,
            etag: _,
            former_names: _,
            end_date: _,
            predecessors: _,
            successors: _,
        } = region;
        let kind = words::parse_region_kind(kind);
        let kind = match (&code, kind) {
            (Some(code), Ok(kind)) => code.check_kind(kind).map(|()| kind),
            (_, kind) => kind,
        };
        let kind = faults.keep("region.kind", kind);
        let display_name = faults.keep("region.display_name", parse_display_name(&display_name));
        let former_codes = each(&mut faults, "region.former_codes", former_codes, |former| {
            parse_former_code(former, kind)
        });
        kind.zip(display_name).zip(former_codes)
    });
    let region = code.zip(parts.flatten()).map(|(code, ((kind, display_name), former_codes))| {
        Region { code, kind, display_name, former_codes, history: RegionHistory::default() }
    });
    faults.into_result(region)
}

/// Regions to register together, 1 to `maximum`.
pub(crate) fn parse_regions(
    requests: Vec<v1::CreateRegionRequest>,
    maximum: usize,
) -> Result<Vec<Region>, Faults> {
    let mut faults = Faults::none();
    check_count(&mut faults, "requests", requests.len(), 1, maximum);
    let regions = each(&mut faults, "requests", requests, parse_region);
    faults.into_result(regions)
}

/// A former code, of as many parts as a region of this kind has.
fn parse_former_code(
    former: v1::region::FormerCode,
    kind: Option<RegionKind>,
) -> Result<FormerCode, Faults> {
    let v1::region::FormerCode { code, end_date, source } = former;
    let mut faults = Faults::none();
    let code = RegionCode::parse(&code).and_then(|code| match kind {
        Some(kind) => code
            .check_kind(kind)
            .map_err(|_| Fault::new(&code, format!("a code that a {kind} can have")))
            .map(|()| code),
        None => Ok(code),
    });
    let code = faults.keep("code", code);
    let end_date = faults.keep("end_date", parse_optional_date(&end_date));
    let source = faults.keep("source", parse_required_text(&source));
    let former = code.zip(end_date).zip(source);
    faults.into_result(former.map(|((code, end_date), source)| FormerCode {
        code,
        end_date,
        source,
    }))
}

/// A kind by which a list is filtered; its zero value filters nothing.
pub(crate) fn parse_region_kind_filter(kind: i32) -> Result<Option<RegionKind>, Fault> {
    match v1::region::Kind::try_from(kind) {
        Ok(v1::region::Kind::Unspecified) => Ok(None),
        _ => words::parse_region_kind(kind).map(Some),
    }
}
