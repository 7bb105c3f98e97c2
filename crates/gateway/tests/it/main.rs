//! The gateway over real sockets, in front of a service that it has never heard of.

mod answers;
mod bindings;
mod bodies;
mod echo;
mod harness;
mod headers;
mod health;
mod methods;
mod program;
mod queries;
mod raw;
mod startup;
mod statuses;
mod stopping;
mod tls;
mod upload;
mod upstream;
