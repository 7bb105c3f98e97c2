//! The layer that answers from what is kept, and keeps what can be.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderMap, header};
use pin_project_lite::pin_project;
use tower::Service;

use super::{
    entry::Finished,
    flight::{Landed, Leader, Turn},
    freshness::Generation,
    keeper::{Course, Keeper},
    question::Question,
};
use crate::{respond, transcode::cache_policy::Languages};

/// Answers from what is kept, around a service that is always ready.
#[derive(Clone)]
pub(crate) struct Cache<S> {
    inner: S,
    /// `None` where nothing is kept.
    keeper: Option<Arc<Keeper>>,
}

impl<S> Cache<S> {
    pub(crate) fn new(inner: S, keeper: Option<Arc<Keeper>>) -> Self {
        Self { inner, keeper }
    }
}

impl<S> Service<Request> for Cache<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Answering<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Some(keeper) = &self.keeper else {
            return Answering::Passing { future: self.inner.call(request) };
        };
        match keeper.course(&request) {
            Course::Pass => Answering::Passing { future: self.inner.call(request) },
            Course::Write => {
                let keeper = Arc::clone(keeper);
                Answering::Writing { future: self.inner.call(request), keeper }
            }
            Course::Answer(response) => Answering::Kept { response: Some(response) },
            Course::Fetch(languages) => {
                let fetch = Fetch { request, languages, is_anew: false };
                let fetching = fetch.answer(Arc::clone(keeper), self.inner.clone());
                Answering::Fetching { future: Box::pin(fetching) }
            }
            Course::FetchAnew(languages) => {
                let fetch = Fetch { request, languages, is_anew: true };
                let fetching = fetch.answer(Arc::clone(keeper), self.inner.clone());
                Answering::Fetching { future: Box::pin(fetching) }
            }
            Course::AnswerAndFetch(response, languages) => {
                let request = copy(&request);
                Fetch { request, languages, is_anew: false }.refresh(keeper, &self.inner);
                Answering::Kept { response: Some(response) }
            }
        }
    }
}

pin_project! {
    /// An answer on its way.
    #[project = AnsweringProjection]
    pub(crate) enum Answering<F> {
        Kept { response: Option<Response> },
        Passing { #[pin] future: F },
        Writing { #[pin] future: F, keeper: Arc<Keeper> },
        Fetching { future: Pin<Box<dyn Future<Output = Response> + Send>> },
    }
}

impl<F> Future for Answering<F>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match self.project() {
            AnsweringProjection::Kept { response } => Ok(response.take().unwrap_or_default()),
            AnsweringProjection::Passing { future } => ready!(future.poll(context)),
            AnsweringProjection::Writing { future, keeper } => {
                let response = ready!(future.poll(context))?;
                // Only what was refused surely changed nothing.
                if !response.status().is_client_error() {
                    keeper.shelf.renew();
                }
                Ok(response)
            }
            AnsweringProjection::Fetching { future } => Ok(ready!(future.as_mut().poll(context))),
        })
    }
}

/// A request whose answer is kept for others.
struct Fetch {
    request: Request,
    /// There is an answer in each of these; none where there is no choice.
    languages: Languages,
    /// Whether the server must be asked from now on: what was asked before doesn't count.
    is_anew: bool,
}

impl Fetch {
    fn question<'r>(&'r self, keeper: &Keeper) -> Option<Question<'r>> {
        Some(keeper.question(&self.request)?.in_one_of(&self.languages))
    }

    /// Asks the server, or waits for who asks it the same already.
    ///
    /// Who must ask anew waits for the call under way, whose answer is not for it, and shares the next
    /// with all who waited with it: so however many such clients there are, the server is asked the same
    /// by one at a time.
    async fn answer<S>(mut self, keeper: Arc<Keeper>, mut inner: S) -> Response
    where
        S: Service<Request, Response = Response, Error = Infallible>,
    {
        loop {
            let generation = keeper.shelf.freshness.generation(Instant::now());
            let Some((generation, question)) = generation.zip(self.question(&keeper)) else {
                return call(&mut inner, self.request).await;
            };
            let hash = keeper.shelf.store.places(&question).of_language;
            let landed = match keeper.flights.join(hash, generation) {
                Turn::Lead(leader) => return self.lead(&keeper, inner, generation, leader).await,
                Turn::Follow(follower) => follower.landed().await,
            };
            if std::mem::take(&mut self.is_anew) {
                // That one is over and forgotten, so what is under way now began since.
                continue;
            }
            match landed {
                Some(Landed::Answer(entry))
                    if self
                        .question(&keeper)
                        .is_some_and(|one| one.is_answered_by(&entry.asked)) =>
                {
                    let now = Instant::now();
                    return entry.answer(self.request.headers(), Some(entry.age(now)));
                }
                // Nobody waits for another of the others: an answer that isn't kept may take long.
                Some(_) => return call(&mut inner, self.request).await,
                // Who asked has hung up, so one of those who wait asks in its place.
                None => {}
            }
        }
    }

    /// Asks the server for all who ask the same meanwhile, and later.
    async fn lead<S>(
        mut self,
        keeper: &Keeper,
        mut inner: S,
        generation: Generation,
        leader: Leader,
    ) -> Response
    where
        S: Service<Request, Response = Response, Error = Infallible>,
    {
        let store = &keeper.shelf.store;
        // The others may not know the state that this client knows, so the answer must be whole.
        let conditions = take_conditions(self.request.headers_mut());
        let question = self.question(keeper);
        let Some((places, asked)) = question.map(|one| (store.places(&one), one.asked())) else {
            return call(&mut inner, self.request).await;
        };
        if let Some(language) = asked.language() {
            // What the answer is kept by must be all that it follows from.
            self.request.headers_mut().insert(header::ACCEPT_LANGUAGE, language);
        }
        let fetch_time = Instant::now();
        let response = call(&mut inner, self.request).await;
        match Finished::read(response, store.max_entry_bytes()).await {
            Ok(finished) => {
                let entry = Arc::new(finished.entry(asked, generation, fetch_time));
                // Should it become old between these two, it is kept but never shown: whoever finds it
                // compares its generation.
                if keeper.shelf.freshness.generation(Instant::now()) == Some(generation) {
                    store.put(places, Arc::clone(&entry));
                }
                leader.land(Landed::Answer(Arc::clone(&entry)));
                entry.answer(&conditions, None)
            }
            Err(response) => {
                leader.land(Landed::Nothing);
                respond::if_modified(&conditions, response)
            }
        }
    }

    /// Asks the server for those who come later, unless somebody does already.
    fn refresh<S>(self, keeper: &Arc<Keeper>, inner: &S)
    where
        S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
        S::Future: Send + 'static,
    {
        let generation = keeper.shelf.freshness.generation(Instant::now());
        let Some((generation, question)) = generation.zip(self.question(keeper)) else { return };
        let hash = keeper.shelf.store.places(&question).of_language;
        let Turn::Lead(leader) = keeper.flights.join(hash, generation) else { return };
        let (keeper, inner) = (Arc::clone(keeper), inner.clone());
        tokio::spawn(async move { self.lead(&keeper, inner, generation, leader).await });
    }
}

/// A request that asks the same.
fn copy(request: &Request) -> Request {
    let mut again = Request::new(Body::empty());
    again.method_mut().clone_from(request.method());
    again.uri_mut().clone_from(request.uri());
    again.headers_mut().clone_from(request.headers());
    again.extensions_mut().clone_from(request.extensions());
    again
}

async fn call<S>(inner: &mut S, request: Request) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    match inner.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Takes the conditions out of a request's headers.
fn take_conditions(headers: &mut HeaderMap) -> HeaderMap {
    let mut conditions = HeaderMap::new();
    for value in headers.get_all(header::IF_NONE_MATCH) {
        conditions.append(header::IF_NONE_MATCH, value.clone());
    }
    headers.remove(header::IF_NONE_MATCH);
    conditions
}
