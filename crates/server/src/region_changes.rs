//! What becomes of regions: new names.

use takar_proto::v1;
use takar_store::Store;
use tonic::{Request, Response, Status};

use crate::{
    convert::{self, RegionUpdate},
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
