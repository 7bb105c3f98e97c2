//! What becomes of regions: new names and codes.

use takar_domain::registry::FormerCode;
use takar_proto::v1;
use takar_store::Store;
use tonic::{Request, Response, Status};

use crate::{
    convert::{self, Recoding, RegionUpdate},
    etag::{self, tag},
    write::{changed, write},
};

pub(crate) async fn update(
    store: &Store,
    request: Request<v1::UpdateRegionRequest>,
) -> Result<Response<v1::Region>, Status> {
    write(store, request, |message, mut write| async move {
        let RegionUpdate { code, display_name, etag } = convert::parse_region_update(message)?;
        let locked = write.lock_region(&code).await?;
        let before = tag(convert::region(locked.region.clone()));
        etag::check(&etag, &before)?;
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
