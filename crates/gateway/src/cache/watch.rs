//! Hears of the version of the server's public state, on one stream for as long as the gateway serves.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderMap, uri::PathAndQuery};
use prost::Message as _;
use takar_proto::gateway::{WatchPublicStateRequest, WatchPublicStateResponse};
use tokio::time::{sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tonic::Code;

use super::keeper::Shelf;
use crate::upstream::{Answers, Client, Failure, Requests};

static PATH: PathAndQuery =
    PathAndQuery::from_static("/takar.gateway.v1.FreshnessService/WatchPublicState");

/// When to watch again after a watch ended: soon, as nothing is kept meanwhile.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// When to ask a server again that doesn't tell: another may have taken its place.
const UNTOLD_PAUSE: Duration = Duration::from_mins(1);

/// How long a server may say nothing, or take nothing, before it is asked on another stream: longer than its database
/// may be away, which the lease waits for.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// After which part of a lease the next is asked for, so that some may be late.
const ASK_AFTER_PART: u32 = 4;

/// The least time between two askings, whatever a server says of its leases.
const ASK_INTERVAL_MIN: Duration = Duration::from_millis(100);

/// Keeps the shelf's generation and lease at what the server says, until `stop`.
pub(super) async fn watch(client: Client, shelf: Arc<Shelf>, stop: CancellationToken) {
    let mut has_said = false;
    loop {
        let ended = follow(&client, &shelf, &stop).await;
        let was_leased = shelf.freshness.generation(Instant::now()).is_some();
        shelf.freshness.end_lease();
        let pause = match ended {
            Ended::Stopped => return,
            Ended::Untold => {
                if !has_said {
                    tracing::info!("nothing is kept, as the server doesn't tell when it changes");
                    has_said = true;
                }
                UNTOLD_PAUSE
            }
            Ended::Lost(why) if was_leased => {
                tracing::warn!(why, "nothing is kept until the server tells its changes again");
                RETRY_PAUSE
            }
            Ended::Lost(why) => {
                tracing::debug!(why, "the server can't be asked whether it tells its changes");
                RETRY_PAUSE
            }
        };
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Why a watch ended.
enum Ended {
    Stopped,
    /// The server has no such method.
    Untold,
    Lost(String),
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        match &failure {
            Failure::Status(status) if status.code() == Code::Unimplemented => Self::Untold,
            _ => Self::Lost(format!("{failure:?}")),
        }
    }
}

async fn follow(client: &Client, shelf: &Shelf, stop: &CancellationToken) -> Ended {
    let headers = HeaderMap::new();
    let (requests, mut answers) = tokio::select! {
        opened = client.open(&PATH, &headers) => match opened {
            Ok(opened) => opened,
            Err(failure) => return failure.into(),
        },
        () = stop.cancelled() => return Ended::Stopped,
    };
    let mut watch = Watch::new(shelf, requests);
    tokio::select! {
        ended = watch.go_on(&mut answers) => ended,
        () = stop.cancelled() => {
            shelf.freshness.end_lease();
            watch.requests.finish();
            Ended::Stopped
        }
    }
}

/// One stream, as far as it has got.
struct Watch<'s> {
    shelf: &'s Shelf,
    requests: Requests,
    version: Option<i64>,
    lease: i64,
    is_granted: bool,
    /// When the lease was asked for, from when on it lasts.
    asked_time: Instant,
    /// When the next is to be asked for.
    ask_time: Instant,
}

impl<'s> Watch<'s> {
    fn new(shelf: &'s Shelf, requests: Requests) -> Self {
        let now = Instant::now();
        let (version, lease, is_granted) = (None, 0, true);
        Self { shelf, requests, version, lease, is_granted, asked_time: now, ask_time: now }
    }

    /// Goes on until the stream ends, or the server neither speaks nor listens.
    async fn go_on(&mut self, answers: &mut Answers) -> Ended {
        loop {
            let is_time_to_ask = sleep_until(self.ask_time.into());
            let said = tokio::select! {
                answer = timeout(SILENCE_MAX, answers.next()) => match answer {
                    Ok(Some(Ok(bytes))) => match WatchPublicStateResponse::decode(bytes) {
                        Ok(response) => timeout(SILENCE_MAX, self.hear(&response)).await,
                        Err(error) => return Ended::Lost(error.to_string()),
                    },
                    Ok(Some(Err(failure))) => return failure.into(),
                    Ok(None) => return Ended::Lost("the server ended the watch".to_owned()),
                    Err(_) => return Ended::Lost("the server says nothing".to_owned()),
                },
                () = is_time_to_ask, if self.is_granted => timeout(SILENCE_MAX, self.ask()).await,
            };
            match said {
                Ok(Ok(())) => {}
                Ok(Err(failure)) => return failure.into(),
                Err(_) => return Ended::Lost("the server takes nothing".to_owned()),
            }
        }
    }

    /// Asks for a lease.
    async fn ask(&mut self) -> Result<(), Failure> {
        self.lease += 1;
        self.is_granted = false;
        // Before it is sent: the server counts from when it comes.
        self.asked_time = Instant::now();
        self.say(self.lease).await
    }

    async fn say(&mut self, lease: i64) -> Result<(), Failure> {
        let version = self.version.unwrap_or_default();
        let request = WatchPublicStateRequest { version, lease };
        self.requests.send(request.encode_to_vec().into()).await
    }

    /// Takes in what the server says.
    async fn hear(&mut self, response: &WatchPublicStateResponse) -> Result<(), Failure> {
        let is_news = self.version.replace(response.version) != Some(response.version);
        if is_news {
            // First, so that nothing old is shown under the new lease, or once it is acknowledged.
            self.shelf.renew();
        }
        if response.lease == self.lease && !self.is_granted {
            self.is_granted = true;
            let duration = response.lease_duration.and_then(|time| Duration::try_from(time).ok());
            let duration = duration.unwrap_or_default();
            // Without a lease for a while nobody had to tell us of changes, and a database that a backup
            // was put in place of may have come to the same version by another way.
            if !is_news && self.shelf.freshness.generation(Instant::now()).is_none() {
                self.shelf.renew();
            }
            self.shelf.freshness.lease_until(self.asked_time + duration);
            self.ask_time = self.asked_time + (duration / ASK_AFTER_PART).max(ASK_INTERVAL_MIN);
        }
        if is_news { self.say(0).await } else { Ok(()) }
    }
}
