//! Cycles.

use takar_domain::{
    deadline::{Deadline, parse_local_time},
    fault::{Fault, Faults},
    name::{CycleId, RegionCode, parse_display_name},
    registry::{Cycle, ELIGIBLE_REGIONS_MAX, SIMULATED_PREFIX},
};
use takar_proto::v1;

use super::{check_count, each_once, parse_timestamp, required, timestamp, words};
use crate::name;

pub(crate) fn cycle(cycle: Cycle) -> v1::Cycle {
    let Cycle {
        id,
        display_name,
        instrument,
        previous_cycle,
        open_time,
        deadline,
        eligible_regions,
        simulated,
    } = cycle;
    let deadline = deadline.map(|deadline| v1::cycle::Deadline {
        local_time: deadline.written(),
        zone: words::zone(deadline.zone()).into(),
        time: Some(timestamp(deadline.time())),
    });
    v1::Cycle {
        name: format!("cycles/{id}"),
        display_name,
        instrument: format!("instruments/{instrument}"),
        previous_cycle: previous_cycle.map(|id| format!("cycles/{id}")).unwrap_or_default(),
        open_time: open_time.map(timestamp),
        deadline,
        eligible_regions: eligible_regions.iter().map(|code| format!("regions/{code}")).collect(),
        etag: String::new(),
        simulated,
    }
}

/// A cycle to create.
pub(crate) fn parse_cycle(request: v1::CreateCycleRequest) -> Result<Cycle, Faults> {
    let v1::CreateCycleRequest { cycle_id, cycle, request_id: _ } = request;
    let mut faults = Faults::none();
    let id = faults.keep("cycle_id", parse_real_id(&cycle_id));
    let cycle = faults.keep("cycle", required(cycle));
    let cycle = cycle.and_then(|cycle| faults.keep("cycle", parse_content(cycle, id.as_ref())));
    let cycle = id.zip(cycle).map(|(id, content)| content(id));
    faults.into_result(cycle)
}

/// The id of a cycle with real results: what is simulated shows by its name alone.
fn parse_real_id(id: &str) -> Result<CycleId, Fault> {
    let cycle = CycleId::parse(id)?;
    if cycle.as_str().starts_with(SIMULATED_PREFIX) {
        let allowed = format!("an id that does not begin with {SIMULATED_PREFIX}");
        return Err(Fault::new(id, allowed));
    }
    Ok(cycle)
}

/// A cycle as an update leaves it.
pub(crate) fn parse_cycle_of(id: CycleId, cycle: v1::Cycle) -> Result<Cycle, Faults> {
    let mut faults = Faults::none();
    let content = faults.keep("cycle", parse_content(cycle, Some(&id)));
    faults.into_result(content.map(|content| content(id)))
}

/// What a cycle is, but for its id.
fn parse_content(
    cycle: v1::Cycle,
    id: Option<&CycleId>,
) -> Result<impl FnOnce(CycleId) -> Cycle + use<>, Faults> {
    let v1::Cycle {
        name: _,
        display_name,
        instrument,
        previous_cycle,
        open_time,
        deadline,
        eligible_regions,
        etag: _,
        simulated: _,
    } = cycle;
    let mut faults = Faults::none();
    let display_name = faults.keep("display_name", parse_display_name(&display_name));
    let instrument = faults.keep("instrument", name::instrument(&instrument));
    let previous_cycle = faults.keep("previous_cycle", parse_previous_cycle(&previous_cycle, id));
    let open_time = faults.keep("open_time", open_time.map(parse_timestamp).transpose());
    let deadline = faults.keep("deadline", deadline.map(parse_deadline).transpose());
    let eligible_regions = faults.merge(parse_eligible_regions(eligible_regions));
    let parts = display_name.zip(instrument).zip(previous_cycle);
    let parts = parts.zip(open_time.zip(deadline).zip(eligible_regions));
    faults.into_result(parts.map(|(names, ((open_time, deadline), eligible_regions))| {
        let ((display_name, instrument), previous_cycle) = names;
        move |id| Cycle {
            id,
            display_name,
            instrument,
            previous_cycle,
            open_time,
            deadline,
            eligible_regions,
            simulated: false,
        }
    }))
}

/// The cycle before `id`, or none.
fn parse_previous_cycle(previous: &str, id: Option<&CycleId>) -> Result<Option<CycleId>, Fault> {
    if previous.is_empty() {
        return Ok(None);
    }
    let cycle = name::cycle(previous)?;
    if Some(&cycle) == id {
        return Err(Fault::new(previous, "another cycle, or none"));
    }
    Ok(Some(cycle))
}

/// A deadline; the moment that it is follows from the rest.
fn parse_deadline(deadline: v1::cycle::Deadline) -> Result<Deadline, Faults> {
    let v1::cycle::Deadline { local_time, zone, time: _ } = deadline;
    let mut faults = Faults::none();
    let zone = faults.keep("zone", words::parse_zone(zone));
    let time = faults.keep("local_time", parse_local_time(&local_time));
    faults.into_result(time.zip(zone).map(|(time, zone)| Deadline::new(time, zone)))
}

/// Regencies and cities, each once.
fn parse_eligible_regions(regions: Vec<String>) -> Result<Vec<RegionCode>, Faults> {
    const FIELD: &str = "eligible_regions";
    let mut faults = Faults::none();
    check_count(&mut faults, FIELD, regions.len(), 0, ELIGIBLE_REGIONS_MAX);
    let parse = |region: String| {
        let code = name::region(&region)?;
        if code.province().is_none() {
            let allowed = "a kabupaten or kota, such as regions/33.05";
            return Err(Fault::new(region, allowed).into());
        }
        Ok(code)
    };
    let regions = each_once(&mut faults, FIELD, regions, parse, ("", RegionCode::clone));
    faults.into_result(regions)
}
