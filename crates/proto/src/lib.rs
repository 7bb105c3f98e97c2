//! The contract: generated messages, clients and servers, and the descriptor set.
