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
use crate::respond;

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
            Course::Fetch => {
                let fetching = fetch(Arc::clone(keeper), self.inner.clone(), request);
                Answering::Fetching { future: Box::pin(fetching) }
            }
            Course::AnswerAndFetch(response) => {
                refresh(keeper, &self.inner, &request);
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

/// Asks the server, or waits for who asks it the same already.
async fn fetch<S>(keeper: Arc<Keeper>, mut inner: S, request: Request) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    loop {
        let generation = keeper.shelf.freshness.generation(Instant::now());
        let Some((generation, question)) = generation.zip(Question::of(&request)) else {
            return call(&mut inner, request).await;
        };
        let hash = keeper.shelf.store.places(&question).of_language;
        let landed = match keeper.flights.join(hash, generation) {
            Turn::Lead(leader) => {
                return lead(&keeper, inner, request, generation, leader).await;
            }
            Turn::Follow(follower) => follower.landed().await,
        };
        match landed {
            Some(Landed::Answer(entry))
                if Question::of(&request).is_some_and(|one| one.is_answered_by(&entry.asked)) =>
            {
                let now = Instant::now();
                return entry.answer(request.headers(), Some(entry.age(now)));
            }
            // Nobody waits for another of the others: an answer that isn't kept may take long.
            Some(_) => return call(&mut inner, request).await,
            // Who asked has hung up, so one of those who wait asks in its place.
            None => {}
        }
    }
}

/// Asks the server for all who ask the same meanwhile, and later.
async fn lead<S>(
    keeper: &Keeper,
    mut inner: S,
    mut request: Request,
    generation: Generation,
    leader: Leader,
) -> Response
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    let store = &keeper.shelf.store;
    // The others may not know the state that this client knows, so the answer must be whole.
    let conditions = take_conditions(request.headers_mut());
    let Some((places, asked)) = Question::of(&request).map(|one| (store.places(&one), one.asked()))
    else {
        return call(&mut inner, request).await;
    };
    let fetch_time = Instant::now();
    let response = call(&mut inner, request).await;
    match Finished::read(response, store.max_entry_bytes()).await {
        Ok(finished) => {
            let entry = Arc::new(finished.entry(asked, generation, fetch_time));
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
fn refresh<S>(keeper: &Arc<Keeper>, inner: &S, request: &Request)
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    let generation = keeper.shelf.freshness.generation(Instant::now());
    let Some((generation, question)) = generation.zip(Question::of(request)) else { return };
    let hash = keeper.shelf.store.places(&question).of_language;
    let Turn::Lead(leader) = keeper.flights.join(hash, generation) else { return };
    let mut again = Request::new(Body::empty());
    again.method_mut().clone_from(request.method());
    again.uri_mut().clone_from(request.uri());
    again.headers_mut().clone_from(request.headers());
    again.extensions_mut().clone_from(request.extensions());
    let (keeper, inner) = (Arc::clone(keeper), inner.clone());
    tokio::spawn(async move { lead(&keeper, inner, again, generation, leader).await });
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
