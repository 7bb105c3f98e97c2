//! The layer by which a write is answered only when no gateway shows what was before it.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use takar_domain::policy::Effect;
use takar_store::Store;
use tokio::time::Instant;
use tonic::{Status, body::Body};
use tower::{Layer, Service};

use super::Freshness;
use crate::{access, error};

/// Holds the answers of writes back until gateways have heard of what they changed.
#[derive(Clone, Debug)]
pub(crate) struct SettleLayer {
    pub(crate) freshness: Freshness,
    pub(crate) store: Store,
}

impl<S> Layer<S> for SettleLayer {
    type Service = Settle<S>;

    fn layer(&self, inner: S) -> Settle<S> {
        Settle { inner, layer: self.clone() }
    }
}

/// A service behind the layer.
#[derive(Clone, Debug)]
pub(crate) struct Settle<S> {
    inner: S,
    layer: SettleLayer,
}

impl<S> Service<Request<Body>> for Settle<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let rule = access::rule(request.uri().path());
        let is_write = rule.is_some_and(|rule| rule.effect == Effect::Writes);
        let answer = self.inner.call(request);
        if !is_write {
            return Box::pin(answer);
        }
        let layer = self.layer.clone();
        Box::pin(async move {
            let response = answer.await?;
            // A status in the head is that of a refusal, which changed nothing.
            if Status::from_header_map(response.headers()).is_none() {
                layer.settle().await;
            }
            Ok(response)
        })
    }
}

impl SettleLayer {
    /// Waits until all that is committed is seen, whether this write changed any of it or not.
    pub(crate) async fn settle(&self) {
        if !self.freshness.is_watched() {
            return;
        }
        let time = Instant::now();
        match self.store.public_version().await {
            Ok(version) => {
                self.freshness.see(version, time);
                self.freshness.settle(version).await;
            }
            // What the write led to is unknown, so nobody is known to have heard of it.
            Err(failure) => {
                error::log(&failure);
                self.freshness.forget();
                self.freshness.settle(i64::MAX).await;
            }
        }
    }
}
