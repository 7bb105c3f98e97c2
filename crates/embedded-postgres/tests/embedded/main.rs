//! Starts real clusters, breaks them and starts them again.

mod binaries;
mod crash;
mod lifecycle;
mod support;
mod testing;
