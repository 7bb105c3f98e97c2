//! What is known of a request before anything is done about it.

use axum::extract::Request;
use http::{HeaderName, HeaderValue, request};
use uuid::Uuid;

use super::{
    request_id::{self, X_REQUEST_ID},
    trace::{self, TRACEPARENT, TRACESTATE, Trace},
    trusted_proxies::{Client, Peer, TrustedProxies},
};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who asks, and by which names the request goes in logs.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) request_id: HeaderValue,
    pub(crate) trace: Trace,
    pub(crate) client: Client,
}

impl Context {
    /// Reads it off a request.
    pub(super) fn of(request: &Request, peer: Peer, proxies: &TrustedProxies) -> Self {
        let headers = request.headers();
        let mut own = None;
        // One is enough for both names: so an id that was made here is its trace's id, too.
        let mut make = || *own.get_or_insert_with(Uuid::now_v7);
        let request_id = request_id::given(headers);
        let trace = trace::given(headers);
        Self {
            request_id: request_id.unwrap_or_else(|| request_id::write(make())),
            trace: trace.map_or_else(|| Trace::Begun(make()), Trace::Given),
            client: proxies.client(peer, headers),
        }
    }
}

/// The id of a request that went through the layers.
pub(crate) fn request_id(request: &Request) -> HeaderValue {
    let context = request.extensions().get::<Context>();
    context.map_or(HeaderValue::from_static(""), |context| context.request_id.clone())
}

/// Writes what is known of a request into its headers, in place of what the client claimed, so
/// that the server hears of it.
///
/// Only a request that goes on to the server comes here: none that is answered before pays for it.
pub(crate) fn forward(head: &mut request::Parts) {
    let Some(context) = head.extensions.get::<Context>() else {
        return;
    };
    let headers = &mut head.headers;
    headers.insert(X_REQUEST_ID, context.request_id.clone());
    headers.insert(TRACEPARENT, context.trace.parent());
    if !context.trace.keeps_state(headers) {
        headers.remove(TRACESTATE);
    }
    match context.client.chain().and_then(|chain| HeaderValue::try_from(chain).ok()) {
        Some(chain) => headers.insert(X_FORWARDED_FOR, chain),
        None => headers.remove(X_FORWARDED_FOR),
    };
}
