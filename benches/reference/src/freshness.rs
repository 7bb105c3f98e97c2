//! A service that tells gateways that nothing changes, so that they keep what it answers.

use std::{pin::Pin, time::Duration};

use takar_proto::gateway::{
    WatchPublicStateRequest, WatchPublicStateResponse, freshness_service_server::FreshnessService,
};
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

/// How long a gateway may go without asking again: as takard has it.
const LEASE: Duration = Duration::from_secs(2);

#[derive(Clone, Copy)]
pub(crate) struct Unchanging;

#[tonic::async_trait]
impl FreshnessService for Unchanging {
    type WatchPublicStateStream =
        Pin<Box<dyn Stream<Item = Result<WatchPublicStateResponse, Status>> + Send>>;

    async fn watch_public_state(
        &self,
        request: Request<Streaming<WatchPublicStateRequest>>,
    ) -> Result<Response<Self::WatchPublicStateStream>, Status> {
        let asked = request.into_inner().filter(|asked| match asked {
            Ok(asked) => asked.lease > 0,
            Err(_) => true,
        });
        let granted = asked.map(|asked| {
            let lease = asked?.lease;
            Ok(WatchPublicStateResponse {
                version: 1,
                lease,
                lease_duration: LEASE.try_into().ok(),
            })
        });
        Ok(Response::new(Box::pin(granted)))
    }
}
