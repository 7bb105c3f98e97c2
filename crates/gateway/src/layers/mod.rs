//! What happens around every request, before and after the handler.
//!
//! The order, from the socket inwards, and why each stands where it does:
//!
//! 1. [`context`]: the request's id, its trace and its client. All others speak of them.
//! 2. [`log`]: one line for each answer, so outside of all that can answer.
//! 3. [`security`]: headers of every answer, refusals too.
//! 4. [`cors`]: outside of the limits, or a page could not read that it is limited.
//! 5. [`header_size`], [`rate`], [`overload`]: what is refused costs nothing further in.
//! 6. [`crate::cache`]: what it holds is finished, so it is outside of what finishes an answer.
//! 7. [`compression`]: inside of the cache, so that an answer is compressed once.
//! 8. The handler.
//!
//! None of the first five ever waits, so they are one service, [`Edge`], that asks them one after
//! the other on the way in and out: no box and no future of its own for each.

mod compression;
mod context;
mod cors;
mod edge;
mod header_size;
mod log;
mod overload;
mod rate;
mod request_id;
mod security;
mod trace;
mod trusted_proxies;

use std::sync::Arc;

pub(crate) use self::{
    context::{forward, request_id},
    edge::{Edge, Rules},
    trusted_proxies::Peer,
};
pub use self::{
    cors::{AllowedOrigins, OriginError},
    trusted_proxies::{ProxyError, TrustedProxies},
};
use crate::{
    cache::{Cache, Keeper},
    gateway::Handler,
};

/// The handler with all layers around it.
pub(crate) type Stack = Edge<Cache<compression::Compression<Handler>>>;

/// Puts the layers around the handler.
pub(crate) fn stack(handler: Handler, keeper: Option<Arc<Keeper>>, rules: Rules) -> Stack {
    let compressed = compression::Compression::new(handler);
    Edge::new(Cache::new(compressed, keeper), Arc::new(rules))
}
