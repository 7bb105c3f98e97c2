//! Changes of the registry's things: locked, compared, merged by their mask, and written.

use takar_domain::fault::{Fault, Faults};
use takar_proto::v1;
use takar_store::Store;
use tonic::{Request, Response, Status};

use crate::{
    convert,
    error::Error,
    etag::{self, Tagged, tag},
    mask, name,
    write::{changed, write},
};

type Answer<T> = Result<Response<T>, Status>;

/// What of a cycle can change.
const CYCLE: &[&str] =
    &["display_name", "instrument", "previous_cycle", "open_time", "deadline", "eligible_regions"];

/// What of a cohort can change.
const COHORT: &[&str] = &["display_name", "source", "members"];

/// What of an instrument can change, while no cycle uses it.
const INSTRUMENT: &[&str] = &[
    "display_name",
    "source",
    "scale",
    "components",
    "threshold_percent",
    "availability_threshold_percent",
    "bands",
    "percent_decimals",
    "score_decimals",
    "quick_win_repeat_limit",
    "normalisation",
    "aggregation",
];

/// What of a programme can change.
const PROGRAM: &[&str] = &[
    "pillar",
    "display_name",
    "owner_agency",
    "flagship",
    "quick_win",
    "source",
    "first_year",
    "last_year",
    "budget",
];

pub(crate) async fn cycle(
    store: &Store,
    request: Request<v1::UpdateCycleRequest>,
) -> Answer<v1::Cycle> {
    write(store, request, |message, mut write| async move {
        let v1::UpdateCycleRequest { cycle, update_mask, request_id: _ } = message;
        let (given, id) = brought("cycle", cycle, name::cycle)?;
        let current = write.lock_cycle(&id).await?;
        let before = tag(convert::cycle(current.clone()));
        etag::check(&given.etag, &before)?;
        let wanted = mask::merge(&before, &given, update_mask.as_ref(), CYCLE)?;
        let wanted = convert::parse_cycle_of(id, wanted)?;
        let now = write.now().await?;
        within("cycle", current.check_deadline(wanted.deadline, now))?;
        let after = tag(convert::cycle(write.update_cycle(&current, &wanted).await?));
        changed(&mut write, Some(&before), Some(&after));
        Ok((write, after))
    })
    .await
}

pub(crate) async fn cohort(
    store: &Store,
    request: Request<v1::UpdateCohortRequest>,
) -> Answer<v1::Cohort> {
    write(store, request, |message, mut write| async move {
        let v1::UpdateCohortRequest { cohort, update_mask, request_id: _ } = message;
        let (given, id) = brought("cohort", cohort, name::cohort)?;
        let before = tag(convert::cohort(write.lock_cohort(&id).await?));
        etag::check(&given.etag, &before)?;
        let wanted = mask::merge(&before, &given, update_mask.as_ref(), COHORT)?;
        let wanted = convert::parse_cohort_of(id, wanted)?;
        let after = tag(convert::cohort(write.update_cohort(&wanted).await?));
        changed(&mut write, Some(&before), Some(&after));
        Ok((write, after))
    })
    .await
}

pub(crate) async fn instrument(
    store: &Store,
    request: Request<v1::UpdateInstrumentRequest>,
) -> Answer<v1::Instrument> {
    write(store, request, |message, mut write| async move {
        let v1::UpdateInstrumentRequest { instrument, update_mask, request_id: _ } = message;
        let (given, id) = brought("instrument", instrument, name::instrument)?;
        let before = tag(convert::instrument(&write.lock_instrument(&id).await?));
        etag::check(&given.etag, &before)?;
        let wanted = mask::merge(&before, &given, update_mask.as_ref(), INSTRUMENT)?;
        let wanted = convert::parse_instrument_of(id, wanted)?;
        let after = tag(convert::instrument(&write.update_instrument(&wanted).await?));
        changed(&mut write, Some(&before), Some(&after));
        Ok((write, after))
    })
    .await
}

pub(crate) async fn program(
    store: &Store,
    request: Request<v1::UpdateProgramRequest>,
) -> Answer<v1::Program> {
    write(store, request, |message, mut write| async move {
        let v1::UpdateProgramRequest { program, update_mask, request_id: _ } = message;
        let (given, (region, id)) = brought("program", program, name::program)?;
        let before = tag(convert::program(write.lock_program(&region, &id).await?));
        etag::check(&given.etag, &before)?;
        let wanted = mask::merge(&before, &given, update_mask.as_ref(), PROGRAM)?;
        let wanted = convert::parse_program_of(region, id, wanted)?;
        let after = tag(convert::program(write.update_program(&wanted).await?));
        changed(&mut write, Some(&before), Some(&after));
        Ok((write, after))
    })
    .await
}

/// The resource that an update brings, and what its name means.
pub(crate) fn brought<R: Tagged, Id>(
    field: &str,
    resource: Option<R>,
    parse: impl Fn(&str) -> Result<Id, Fault>,
) -> Result<(R, Id), Error> {
    let resource = within(field, convert::required(resource))?;
    let id = parse(resource.name()).map_err(|fault| fault.at("name"));
    let id = within(field, id)?;
    Ok((resource, id))
}

/// What was read of `field`.
pub(crate) fn within<T>(field: &str, result: Result<T, impl Into<Faults>>) -> Result<T, Faults> {
    let mut faults = Faults::none();
    let kept = faults.keep(field, result);
    faults.into_result(kept)
}
