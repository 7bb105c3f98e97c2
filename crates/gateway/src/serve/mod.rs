//! The connections: how many there are, how slow they may be, and how they end.
//!
//! A loop of ours over hyper rather than `axum::serve`, which lets nothing of this be set. In
//! reading order: [`activity`], [`body`], [`requests`], [`rest`], [`connection`], [`tls`].

mod activity;
mod body;
mod connection;
mod requests;
mod rest;
pub(crate) mod tls;

use std::{future::Future, pin::pin, sync::Arc};

use axum::serve::Listener;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::timeout,
};

use self::connection::{Connections, Stage};
use crate::{
    layers::{Peer, Stack},
    limits::Limits,
};

/// Serves until `shutdown` ends, then lets requests under way finish, for a bounded time.
pub(crate) async fn serve<L>(
    mut listener: L,
    stack: Stack,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) where
    L: Listener,
    L::Addr: Into<Peer>,
{
    let room = Room::new(limits.max_connections);
    let (stage, _) = watch::channel(Stage::Serving);
    let connections = Connections::new(&limits, stack);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = async {
            let place = room.enter().await;
            (place, listener.accept().await)
        };
        let (place, (io, address)) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut shutdown => break,
        };
        tokio::spawn(connections.serve(io, address.into(), stage.subscribe(), place));
    }
    drop(listener);
    stage.send_replace(Stage::Draining);
    if timeout(limits.drain_timeout, room.emptied()).await.is_err() {
        tracing::warn!("stopped with requests under way");
        stage.send_replace(Stage::Ended);
    }
}

/// Room for so many connections.
///
/// When it is full nobody is accepted, and who comes waits in the kernel's queue: a connection
/// that is refused would only come again, and idle ones make room before long.
struct Room {
    places: Arc<Semaphore>,
    max: u32,
}

impl Room {
    fn new(max: u32) -> Self {
        Self { places: Arc::new(Semaphore::new(max as usize)), max }
    }

    /// Waits for a place; `None` never comes, as nobody closes the room.
    async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        if self.places.available_permits() == 0 {
            tracing::warn!(max = self.max, "no further connection is accepted for now");
        }
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    /// Waits until all have left.
    async fn emptied(&self) {
        let _all = self.places.acquire_many(self.max).await;
    }
}
