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

/// The resource that an update brings, and what its name means.
fn brought<R: Tagged, Id>(
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
fn within<T>(field: &str, result: Result<T, impl Into<Faults>>) -> Result<T, Faults> {
    let mut faults = Faults::none();
    let kept = faults.keep(field, result);
    faults.into_result(kept)
}
