//! The connections to the gRPC server, and the calls over them: bytes in, bytes out.
//!
//! Over the h2 crate itself rather than tonic's channel: that hands each call through a buffer, a
//! task and several boxes, which is a fifth of all that the gateway spends on a small answer, and
//! it knows one connection, that breaks for all where one client hangs up too often.
//!
//! Calls and streams have connections of their own: readers who hold streams open for hours must
//! neither use up what the server takes at once nor, where they are slow, the window of the rest.
//!
//! In reading order: [`address`], [`socket`], [`message`], [`failure`], [`exchange`], [`batch`],
//! [`connection`], [`pool`], [`retry`], [`client`], [`stream`].

mod address;
mod batch;
mod client;
mod connection;
mod exchange;
mod failure;
mod message;
mod pool;
mod retry;
mod socket;
mod stream;

pub use self::address::{Upstream, UpstreamError};
pub(crate) use self::{
    client::{Call, Client, Reply},
    failure::Failure,
    stream::{Answers, Requests, Start},
};
