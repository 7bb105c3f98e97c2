//! The requests of one connection, as hyper brings them.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::{
    body::{Body, HttpBody},
    extract::Request,
    response::Response,
};
use hyper::{body::Incoming, service::Service as HyperService};
use pin_project_lite::pin_project;
use tower::Service;

use super::{
    activity::{Activity, Busy},
    body::{Held, Tracked},
};
use crate::layers::Stack;

/// What answers the requests of a connection.
pub(super) struct Requests {
    stack: Stack,
    activity: Arc<Activity>,
}

impl Requests {
    pub(super) fn new(stack: Stack, activity: Arc<Activity>) -> Self {
        Self { stack, activity }
    }
}

impl HyperService<http::Request<Incoming>> for Requests {
    type Response = http::Response<Tracked>;
    type Error = Infallible;
    type Future = Tracking<<Stack as Service<Request>>::Future>;

    fn call(&self, request: http::Request<Incoming>) -> Self::Future {
        let busy = Activity::begin(&self.activity);
        let held = |body| Body::new(Held::new(body, Activity::begin(&self.activity)));
        let request =
            request.map(|body| if body.is_end_stream() { Body::empty() } else { held(body) });
        // None of the layers ever waits to be ready: they refuse instead.
        let answer = self.stack.clone().call(request);
        Tracking { answer, busy: Some(busy) }
    }
}

pin_project! {
    /// An answer on its way, which keeps its connection busy.
    pub(super) struct Tracking<F> {
        #[pin]
        answer: F,
        busy: Option<Busy>,
    }
}

impl<F> Future for Tracking<F>
where
    F: Future<Output = Result<Response, Infallible>>,
{
    type Output = Result<http::Response<Tracked>, Infallible>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.answer.poll(context))?;
        let busy = this.busy.take();
        Poll::Ready(Ok(response.map(|body| Tracked::new(body, busy))))
    }
}
