//! The whole stack, tested over gRPC and REST alike.
//!
//! Each test has a database, a server and a gateway of its own ([`stack`]) and speaks to them over
//! sockets: gRPC without generated code ([`grpc`]), REST as any client does ([`rest`]). What both
//! must agree on is told in `cases/*.yaml`, which [`cases`] plays.

mod stack;

mod analyses;
mod answer;
mod grpc;
mod rest;

mod tokens;
mod trail;

mod cases;
mod story;

mod golden;

mod cycle;
mod evidence;
mod exports;
mod imports;
mod once;
mod random;
mod summaries;

mod contract;
mod credentials;
mod csv;
mod deadline;
mod drain;
mod errors;
mod freshness;
mod health;
mod limits;
mod reflection;
mod request_id;
mod rights;
mod tls;

mod arrows;
