//! Decides what is done about a request: answered from what is kept, or by the server, and kept.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{body::HttpBody as _, extract::Request, response::Response};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    directives::Directives,
    entry::{Entry, Fitness},
    flight::Flights,
    freshness::Freshness,
    question::Question,
    store::Store,
    terms, watch,
};
use crate::{layers::request_id, problem::Occurrence, refusal, upstream::Client};

/// What is kept, and what is known of it.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) store: Store,
    pub(super) freshness: Freshness,
}

impl Shelf {
    /// Makes all that is kept, or is being fetched, old.
    pub(super) fn renew(&self) {
        self.freshness.renew();
        self.store.clear();
    }
}

/// Keeps answers for a gateway, as long as it lives.
pub(crate) struct Keeper {
    pub(super) shelf: Arc<Shelf>,
    pub(super) flights: Arc<Flights>,
    is_kept: Box<dyn Fn(&str) -> bool + Send + Sync>,
    _watch: DropGuard,
}

/// What is done about a request.
pub(super) enum Course {
    /// The server answers.
    Pass,
    /// The server answers, and what is kept is old once it has.
    Write,
    /// The server answers, for all who ask the same, and the answer is kept.
    Fetch,
    /// This is the answer.
    Answer(Response),
    /// This is the answer, and another is fetched for those who come later.
    AnswerAndFetch(Response),
}

impl Keeper {
    /// Begins to keep, in about so many bytes, the answers to GET at the paths that `is_kept` tells.
    ///
    /// Must be called within a Tokio runtime.
    pub(crate) fn start(
        max_bytes: usize,
        client: Client,
        is_kept: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Arc<Self> {
        let (store, freshness) = (Store::new(max_bytes), Freshness::new());
        let shelf = Arc::new(Shelf { store, freshness });
        let stop = CancellationToken::new();
        tokio::spawn(watch::watch(client, Arc::clone(&shelf), stop.clone()));
        Arc::new(Self {
            shelf,
            flights: Arc::default(),
            is_kept: Box::new(is_kept),
            _watch: stop.drop_guard(),
        })
    }

    pub(super) fn course(&self, request: &Request) -> Course {
        let method = request.method();
        if !terms::is_read(method) {
            return if method.is_safe() { Course::Pass } else { Course::Write };
        }
        let directives = Directives::of(request.headers());
        let course = self.course_of_read(request, directives);
        if directives.is_only_kept && matches!(course, Course::Pass | Course::Fetch) {
            let occurrence = Occurrence::of(request, request_id(request));
            return Course::Answer(refusal::not_kept().into_response(&occurrence));
        }
        course
    }

    fn course_of_read(&self, request: &Request, directives: Directives) -> Course {
        let is_of_somebody = terms::has_credential(request.headers());
        // Where a GET takes a body at all, its answer follows from that, too.
        let has_body = !request.body().is_end_stream();
        if is_of_somebody || has_body || directives.is_kept_refused {
            return Course::Pass;
        }
        let now = Instant::now();
        let Some(generation) = self.shelf.freshness.generation(now) else { return Course::Pass };
        let Some(question) = Question::of(request) else { return Course::Pass };
        let kept = self.shelf.store.find(&question);
        match kept.filter(|entry| entry.generation == generation) {
            Some(entry) => answer(&entry, request, directives.max_age, now),
            None if (self.is_kept)(request.uri().path()) => Course::Fetch,
            None => Course::Pass,
        }
    }
}

fn answer(entry: &Entry, request: &Request, max_age: Option<Duration>, now: Instant) -> Course {
    let age = entry.age(now);
    if max_age.is_some_and(|max_age| age > max_age) {
        return Course::Fetch;
    }
    match entry.fitness(now) {
        Fitness::Fresh => Course::Answer(entry.answer(request.headers(), Some(age))),
        Fitness::Stale => Course::AnswerAndFetch(entry.answer(request.headers(), Some(age))),
        Fitness::Over => Course::Fetch,
    }
}
