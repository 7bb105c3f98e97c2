//! The gRPC service over the store.
