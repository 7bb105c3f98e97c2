//! How many requests are under way at once.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use crate::{problem::Problem, refusal};

/// Room for so many requests; who finds none is told so at once, as waiting would only move the
/// queue here, where it holds memory.
#[derive(Debug)]
pub(super) struct Room {
    taken: Arc<AtomicU32>,
    max: u32,
}

/// The place of one request, until its answer begins.
///
/// A stream that goes on after that holds no place: it holds little memory, and a few hundred
/// readers who only wait for changes must not keep all others out.
#[derive(Debug)]
pub(super) struct Place(Arc<AtomicU32>);

impl Room {
    pub(super) fn new(max: u32) -> Self {
        Self { taken: Arc::default(), max }
    }

    /// Takes a place.
    pub(super) fn enter(&self) -> Result<Place, Box<Problem>> {
        let taken = self.taken.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(&self.taken));
        if taken < self.max { Ok(place) } else { Err(Box::new(refusal::overloaded())) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
