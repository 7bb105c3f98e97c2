//! Imports of spreadsheets.

use bytes::Bytes;
use takar_domain::{
    digest::Sha256Digest,
    fault::{Fault, Faults},
    import::{Atomicity, Counts, Import, Kind, Order, Outcome, RowFault},
    name::{CycleId, parse_optional_text},
};
use takar_proto::{
    google::api::HttpBody,
    v1::{self, import_progress::Phase, import_rows_response::Content},
};

use super::{number::count, required, timestamp, words};
use crate::name;

/// What a request asks to be imported.
#[derive(Clone, Debug)]
pub(crate) struct ImportAsked {
    pub(crate) order: Order,
    /// Whether to write nothing.
    pub(crate) validate_only: bool,
    pub(crate) content_type: String,
    pub(crate) data: Bytes,
}

pub(crate) fn parse_import_rows(message: v1::ImportRowsRequest) -> Result<ImportAsked, Faults> {
    let v1::ImportRowsRequest {
        parent,
        kind,
        cycle,
        atomicity,
        source,
        sheet,
        validate_only,
        file,
    } = message;
    let mut faults = Faults::none();
    let region = faults.keep("parent", name::import_parent(&parent));
    let kind = faults.keep("kind", words::parse_import_kind(kind));
    let cycle = kind.and_then(|kind| faults.keep("cycle", parse_cycle(kind, &cycle)));
    let atomicity = faults.keep("atomicity", parse_atomicity(atomicity));
    let source = kind.and_then(|kind| faults.keep("source", parse_source(kind, &source)));
    let sheet = faults.keep("sheet", parse_optional_text(&sheet));
    let file = faults.keep("file", required(file));
    let limits = region.zip(kind).zip(cycle).zip(atomicity);
    let parts = limits.zip(source).zip(sheet).zip(file);
    faults.into_result(parts.map(|(((limits, source), sheet), file)| {
        let (((region, kind), cycle), atomicity) = limits;
        let HttpBody { content_type, data, extensions: _ } = file;
        let sha256 = Sha256Digest::of(&data);
        let order = Order { region, kind, cycle, atomicity, source, sheet, sha256 };
        ImportAsked { order, validate_only, content_type, data }
    }))
}

fn parse_cycle(kind: Kind, cycle: &str) -> Result<Option<CycleId>, Fault> {
    match (kind.is_of_cycle(), cycle) {
        (true, cycle) => name::cycle(cycle).map(Some),
        (false, "") => Ok(None),
        (false, given) => Err(Fault::new(given, "an empty text, as programmes are of no cycle")),
    }
}

fn parse_atomicity(number: i32) -> Result<Atomicity, Fault> {
    if number == v1::import::Atomicity::Unspecified as i32 {
        return Ok(Atomicity::File);
    }
    words::parse_atomicity(number)
}

fn parse_source(kind: Kind, source: &str) -> Result<String, Fault> {
    if kind == Kind::ProgramReports && !source.is_empty() {
        return Err(Fault::new(source, "an empty text, as reports have no source"));
    }
    parse_optional_text(source)
}

/// An import as it is shown; one that is not kept has no name.
pub(crate) fn import(import: Import, validate_only: bool) -> v1::Import {
    let Import { order, outcome, principal, create_time, update_time } = import;
    let name = if validate_only { String::new() } else { name_of(&order) };
    let Order { region: _, kind, cycle, atomicity, source, sheet, sha256 } = order;
    let Outcome { state, rows, regions, counts, error_count, errors } = outcome;
    let Counts { rows_created, rows_updated, rows_unchanged, regions_written, evaluations_created } =
        counts;
    v1::Import {
        name,
        kind: words::import_kind(kind).into(),
        cycle: cycle.map(|cycle| format!("cycles/{cycle}")).unwrap_or_default(),
        atomicity: words::atomicity(atomicity).into(),
        source,
        sheet,
        sha256: sha256.to_string(),
        validate_only,
        state: words::import_state(state).into(),
        rows: count(rows),
        rows_created: count(rows_created),
        rows_updated: count(rows_updated),
        rows_unchanged: count(rows_unchanged),
        regions: count(regions),
        regions_written: count(regions_written),
        evaluations_created: count(evaluations_created),
        error_count: count(error_count),
        errors: errors.into_iter().map(row_error).collect(),
        principal: principal.into(),
        create_time: Some(timestamp(create_time)),
        update_time: Some(timestamp(update_time)),
    }
}

fn name_of(order: &Order) -> String {
    let id = order.id();
    match &order.region {
        None => format!("imports/{}", id.as_str()),
        Some(region) => format!("regions/{region}/imports/{}", id.as_str()),
    }
}

fn row_error(fault: RowFault) -> v1::import::RowError {
    let RowFault { row, column, value, allowed } = fault;
    v1::import::RowError { row: i32::try_from(row).unwrap_or(i32::MAX), column, value, allowed }
}

/// How many of the rows are past a phase.
pub(crate) fn import_progress(
    phase: Phase,
    rows_done: usize,
    rows: usize,
) -> v1::ImportRowsResponse {
    let (rows_done, rows) = (count(rows_done), count(rows));
    let progress = v1::ImportProgress { phase: phase.into(), rows_done, rows };
    v1::ImportRowsResponse { content: Some(Content::Progress(progress)), already_imported: false }
}

/// The last message: what came of it, now or when the same was imported before.
pub(crate) fn import_ended(
    ended: Import,
    validate_only: bool,
    already_imported: bool,
) -> v1::ImportRowsResponse {
    let content = Some(Content::Import(import(ended, validate_only)));
    v1::ImportRowsResponse { content, already_imported }
}
