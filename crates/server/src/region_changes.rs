//! What becomes of regions: new names and codes.

use takar_domain::{name::parse_display_name, region_history::check_merger, registry::FormerCode};
use takar_proto::v1;
use takar_store::Store;
use tonic::{Request, Response, Status};

use crate::{
    convert::{self, Merger, Recoding, Split},
    etag::{self, tag},
    mask, name,
    updates::{brought, within},
    write::{changed, write},
};

/// What of a region can change.
const REGION: &[&str] = &["display_name"];

pub(crate) async fn update(
    store: &Store,
    request: Request<v1::UpdateRegionRequest>,
) -> Result<Response<v1::Region>, Status> {
    write(store, request, |message, mut write| async move {
        let v1::UpdateRegionRequest { region, update_mask, request_id: _ } = message;
        let (given, code) = brought("region", region, name::region)?;
        let locked = write.lock_region(&code).await?;
        let before = tag(convert::region(locked.region.clone()));
        etag::check(&given.etag, &before)?;
        let wanted = mask::merge(&before, &given, update_mask.as_ref(), REGION)?;
        let display_name = parse_display_name(&wanted.display_name);
        let display_name =
            within("region", display_name.map_err(|fault| fault.at("display_name")))?;
        let after = tag(convert::region(write.rename_region(&locked, &display_name).await?));
        changed(&mut write, Some(&before), Some(&after));
        Ok((write, after))
    })
    .await
}

pub(crate) async fn recode(
    store: &Store,
    request: Request<v1::RecodeRegionRequest>,
) -> Result<Response<v1::Region>, Status> {
    write(store, request, |message, mut write| async move {
        let Recoding { code, new_code, end_date, source, etag } = convert::parse_recoding(message)?;
        let locked = write.lock_region(&code).await?;
        let before = tag(convert::region(locked.region.clone()));
        etag::check(&etag, &before)?;
        let former = FormerCode { code: locked.region.code.clone(), end_date, source };
        let after = write.recode_region(&locked, &new_code, &former).await?;
        let after = tag(convert::region(after));
        changed(&mut write, Some(&before), Some(&after));
        Ok((write, after))
    })
    .await
}

pub(crate) async fn split(
    store: &Store,
    request: Request<v1::SplitRegionRequest>,
) -> Result<Response<v1::SplitRegionResponse>, Status> {
    write(store, request, |message, mut write| async move {
        let Split { code, successors, event, etag } = convert::parse_split(message)?;
        let locked = write.lock_region(&code).await?;
        let before = tag(convert::region(locked.region.clone()));
        etag::check(&etag, &before)?;
        convert::check_successors(&locked.region, &successors)?;
        let (region, successors) = write.split_region(&locked, &successors, &event).await?;
        let region = tag(convert::region(region));
        changed(&mut write, Some(&before), Some(&region));
        let successors = successors.into_iter().map(|region| tag(convert::region(region)));
        let successors: Vec<_> = successors.collect();
        for successor in &successors {
            changed(&mut write, None, Some(successor));
        }
        Ok((write, v1::SplitRegionResponse { region: Some(region), successors }))
    })
    .await
}

pub(crate) async fn merge(
    store: &Store,
    request: Request<v1::MergeRegionsRequest>,
) -> Result<Response<v1::Region>, Status> {
    write(store, request, |message, mut write| async move {
        let Merger { sources, into, event, etag } = convert::parse_merger(message)?;
        let (into, sources) = write.lock_regions(&into, &sources).await?;
        let before = tag(convert::region(into.region.clone()));
        etag::check(&etag, &before)?;
        let kinds: Vec<_> =
            sources.iter().map(|source| (&source.region.code, source.region.kind)).collect();
        check_merger(&kinds, (&into.region.code, into.region.kind))?;
        let (region, ended) = write.merge_regions(&sources, &into, &event).await?;
        let region = tag(convert::region(region));
        changed(&mut write, Some(&before), Some(&region));
        for (source, ended) in sources.into_iter().zip(ended) {
            let source = tag(convert::region(source.region));
            changed(&mut write, Some(&source), Some(&tag(convert::region(ended))));
        }
        Ok((write, region))
    })
    .await
}
