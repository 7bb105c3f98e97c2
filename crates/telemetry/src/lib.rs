//! Logs and the shutdown signal, shared by the binaries.
