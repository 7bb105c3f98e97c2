//! `FreshnessService`: one stream for each gateway.

use takar_proto::gateway::{
    WatchPublicStateRequest, WatchPublicStateResponse,
    freshness_service_server::FreshnessService as Service,
};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::{Freshness, state::State};

/// What waits to be sent to one gateway; who is further behind is not told more until it reads.
const RESPONSES_WAITING: usize = 4;

pub(crate) struct FreshnessService {
    pub(crate) freshness: Freshness,
}

type Responses = mpsc::Sender<Result<WatchPublicStateResponse, Status>>;

#[tonic::async_trait]
impl Service for FreshnessService {
    type WatchPublicStateStream = ReceiverStream<Result<WatchPublicStateResponse, Status>>;

    async fn watch_public_state(
        &self,
        request: Request<Streaming<WatchPublicStateRequest>>,
    ) -> Result<Response<Self::WatchPublicStateStream>, Status> {
        let watch = Watch::begin(&self.freshness.0)
            .ok_or_else(|| Status::resource_exhausted("too many gateways watch already"))?;
        let (responses, stream) = mpsc::channel(RESPONSES_WAITING);
        tokio::spawn(watch.serve(request.into_inner(), responses));
        Ok(Response::new(ReceiverStream::new(stream)))
    }
}

/// The watch of one gateway, which is taken for lost when this is dropped.
struct Watch {
    id: u64,
    states: watch::Sender<State>,
}

impl Watch {
    fn begin(states: &watch::Sender<State>) -> Option<Self> {
        let mut id = None;
        states.send_modify(|state| id = state.open(Instant::now()));
        Some(Self { id: id?, states: states.clone() })
    }

    async fn serve(self, mut requests: Streaming<WatchPublicStateRequest>, responses: Responses) {
        let mut changes = self.states.subscribe();
        while !changes.borrow_and_update().has_ended {
            if let Some(response) = self.tell()
                && responses.send(Ok(response)).await.is_err()
            {
                return;
            }
            tokio::select! {
                request = requests.message() => match request {
                    Ok(Some(request)) => self.hear(request),
                    Ok(None) => return self.states.send_modify(|state| state.close(self.id)),
                    Err(_) => return,
                },
                // It can't end while we hold the sender.
                _ = changes.changed() => {}
            }
        }
        // Who isn't there to hear it any more needs no telling.
        let _ = responses.send(Err(Status::unavailable("the server stops"))).await;
    }

    fn tell(&self) -> Option<WatchPublicStateResponse> {
        let mut response = None;
        // Only those who wait for acknowledgements look at it, and this is none.
        self.states.send_if_modified(|state| {
            response = state.tell(self.id, Instant::now());
            false
        });
        response
    }

    fn hear(&self, request: WatchPublicStateRequest) {
        self.states.send_modify(|state| state.hear(self.id, request, Instant::now()));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.states.send_modify(|state| state.lose(self.id));
    }
}
