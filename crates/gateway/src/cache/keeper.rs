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
use crate::{
    layers::request_id,
    problem::Occurrence,
    refusal,
    transcode::{
        cache_policy::Languages,
        preference::{self, Known},
    },
    upstream::Client,
};

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

/// Tells of a path whether the answer to GET is kept, and in which languages.
type KeptLanguages = dyn Fn(&str) -> Option<Languages> + Send + Sync;

/// Keeps answers for a gateway, as long as it lives.
pub(crate) struct Keeper {
    pub(super) shelf: Arc<Shelf>,
    pub(super) flights: Arc<Flights>,
    kept_languages: Box<KeptLanguages>,
    known: Known,
    _watch: DropGuard,
}

/// What is done about a request.
pub(super) enum Course {
    /// The server answers.
    Pass,
    /// The server answers, and what is kept is old once it has.
    Write,
    /// The server answers, in one of these languages if any, for all who ask the same, and the answer
    /// is kept.
    Fetch(Languages),
    /// The same, but only by what it is asked from now on.
    FetchAnew(Languages),
    /// This is the answer.
    Answer(Response),
    /// This is the answer, and another is fetched for those who come later.
    AnswerAndFetch(Response, Languages),
}

impl Keeper {
    /// Begins to keep, in about so many bytes, the answers to GET at the paths for which
    /// `kept_languages` has languages, or that there is no choice. They differ by the preferences that
    /// are `known`.
    ///
    /// Must be called within a Tokio runtime.
    pub(crate) fn start(
        max_bytes: usize,
        client: Client,
        kept_languages: impl Fn(&str) -> Option<Languages> + Send + Sync + 'static,
        known: Known,
    ) -> Arc<Self> {
        let (store, freshness) = (Store::new(max_bytes), Freshness::new());
        let shelf = Arc::new(Shelf { store, freshness });
        let stop = CancellationToken::new();
        tokio::spawn(watch::watch(client, Arc::clone(&shelf), stop.clone()));
        Arc::new(Self {
            shelf,
            flights: Arc::default(),
            kept_languages: Box::new(kept_languages),
            known,
            _watch: stop.drop_guard(),
        })
    }

    /// Keeps whatever is asked for, and has its lease from a test.
    #[cfg(test)]
    pub(super) fn without_watch(max_bytes: usize) -> Arc<Self> {
        let (store, freshness) = (Store::new(max_bytes), Freshness::new());
        Arc::new(Self {
            shelf: Arc::new(Shelf { store, freshness }),
            flights: Arc::default(),
            kept_languages: Box::new(|_| Some([].into())),
            known: Known::default(),
            _watch: CancellationToken::new().drop_guard(),
        })
    }

    pub(super) fn course(&self, request: &Request) -> Course {
        let method = request.method();
        if !terms::is_read(method) {
            return if method.is_safe() { Course::Pass } else { Course::Write };
        }
        let directives = Directives::of(request.headers());
        let course = self.course_of_read(request, directives);
        if directives.is_only_kept
            && matches!(course, Course::Pass | Course::Fetch(_) | Course::FetchAnew(_))
        {
            let occurrence = Occurrence::of(request, request_id(request));
            return Course::Answer(refusal::not_kept().into_response(&occurrence));
        }
        course
    }

    fn course_of_read(&self, request: &Request, directives: Directives) -> Course {
        let is_of_somebody = terms::has_credential(request.headers());
        // Where a GET takes a body at all, its answer follows from that, too.
        let has_body = !request.body().is_end_stream();
        if is_of_somebody || has_body || directives.is_keeping_refused {
            return Course::Pass;
        }
        let now = Instant::now();
        let Some(generation) = self.shelf.freshness.generation(now) else { return Course::Pass };
        let Some(question) = self.question(request) else { return Course::Pass };
        let kept = self.shelf.store.find(question).filter(|entry| entry.generation == generation);
        let course = match kept {
            Some(entry) if directives.is_kept_refused => {
                Course::FetchAnew(entry.keep.languages.clone())
            }
            Some(entry) => answer(&entry, request, directives.max_age, now),
            None => match (self.kept_languages)(request.uri().path()) {
                Some(languages) if directives.is_kept_refused => Course::FetchAnew(languages),
                Some(languages) => Course::Fetch(languages),
                None => Course::Pass,
            },
        };
        course.of_one_who_waits(preference::wait(request.headers()))
    }

    /// What a request asks for, but for the language.
    pub(super) fn question<'r>(&self, request: &'r Request) -> Option<Question<'r>> {
        Question::of(request, &self.known)
    }
}

impl Course {
    /// The same for a client that waits for so long only, if it says so: others must not get the
    /// failure of a call that is given up so early.
    fn of_one_who_waits(self, wait: Option<Duration>) -> Self {
        match self {
            Self::Fetch(_) | Self::FetchAnew(_) if wait.is_some() => Self::Pass,
            Self::AnswerAndFetch(response, _) if wait.is_some() => Self::Answer(response),
            course => course,
        }
    }
}

fn answer(entry: &Entry, request: &Request, max_age: Option<Duration>, now: Instant) -> Course {
    let age = entry.age(now);
    let languages = || entry.keep.languages.clone();
    if max_age.is_some_and(|max_age| age > max_age) {
        return Course::Fetch(languages());
    }
    let answer = || entry.answer(request.headers(), Some(age));
    match entry.fitness(now) {
        Fitness::Fresh => Course::Answer(answer()),
        Fitness::Stale => Course::AnswerAndFetch(answer(), languages()),
        Fitness::Over => Course::Fetch(languages()),
    }
}
