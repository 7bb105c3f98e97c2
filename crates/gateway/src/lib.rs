//! A JSON gateway in front of any gRPC service, driven by its descriptors.
