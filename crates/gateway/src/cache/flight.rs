//! Calls under way, so that of those who ask the same at once only one asks the server.

use std::{
    collections::{HashMap, hash_map::Entry as MapEntry},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use super::{entry::Entry, freshness::Generation};

/// The calls under way, by the hash of what they ask for.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<u64, Flight>>);

#[derive(Debug)]
struct Flight {
    generation: Generation,
    landing: watch::Receiver<Landed>,
}

/// What came of a call.
#[derive(Clone, Debug)]
pub(super) enum Landed {
    NotYet,
    /// An answer for all who asked meanwhile.
    Answer(Arc<Entry>),
    /// Nothing for others: each has to ask on its own.
    Nothing,
}

/// What to do about a question.
pub(super) enum Turn {
    /// Ask, and tell the others.
    Lead(Leader),
    /// Wait for who asks already.
    Follow(Follower),
}

/// Who asks for all. Dropped before it has landed, it leaves its part to one of the others.
pub(super) struct Leader {
    flights: Arc<Flights>,
    hash: u64,
    landing: watch::Sender<Landed>,
}

pub(super) struct Follower(watch::Receiver<Landed>);

impl Flights {
    /// Joins those who ask the same.
    ///
    /// A call that began before what was asked for changed is not waited for: it may answer with
    /// what was before.
    pub(super) fn join(self: &Arc<Self>, hash: u64, generation: Generation) -> Turn {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(&hash)
            && flight.generation == generation
            && flight.landing.has_changed().is_ok()
        {
            return Turn::Follow(Follower(flight.landing.clone()));
        }
        let (landing, receiver) = watch::channel(Landed::NotYet);
        flights.insert(hash, Flight { generation, landing: receiver });
        Turn::Lead(Leader { flights: Arc::clone(self), hash, landing })
    }

    /// Forgets a call, unless a later one has taken its place.
    fn forget(&self, hash: u64, landing: &watch::Sender<Landed>) {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let MapEntry::Occupied(flight) = flights.entry(hash)
            && flight.get().landing.same_channel(&landing.subscribe())
        {
            flight.remove();
        }
    }
}

impl Leader {
    /// Tells the others what came of it, when nobody joins any more: who asks from then on finds what
    /// is kept, or asks anew.
    pub(super) fn land(self, landed: Landed) {
        self.flights.forget(self.hash, &self.landing);
        self.landing.send_replace(landed);
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.flights.forget(self.hash, &self.landing);
    }
}

impl Follower {
    /// Waits for what comes of the call; `None` where nobody makes it any more.
    pub(super) async fn landed(mut self) -> Option<Landed> {
        let landed = self.0.wait_for(|landed| !matches!(landed, Landed::NotYet)).await;
        landed.ok().map(|landed| landed.clone())
    }
}
