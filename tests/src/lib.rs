//! The whole stack, tested over gRPC and REST alike.
