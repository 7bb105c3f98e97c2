//! The gateway over real sockets, in front of a service that it has never heard of.

mod answers;
mod bad_json;
mod bindings;
mod bodies;
mod csv;
mod harness;
mod headers;
mod health;
mod lists;
mod methods;
mod pages;
mod preferences;
mod program;
mod queries;
mod raw;
mod startup;
mod status_details;
mod statuses;
mod stopping;
mod tls;
mod update_masks;
mod upload;
mod upstream;
