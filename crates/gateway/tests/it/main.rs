//! The gateway over real sockets, in front of a service that it has never heard of.

mod answers;
mod bindings;
mod bodies;
mod compression;
mod connections;
mod cors;
mod harness;
mod headers;
mod health;
mod methods;
mod program;
mod proxies;
mod queries;
mod rate;
mod raw;
mod security;
mod startup;
mod statuses;
mod stopping;
mod tls;
mod trace;
mod upload;
mod upstream;
