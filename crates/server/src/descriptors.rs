//! The contract's descriptors, read once.

use std::sync::LazyLock;

use prost_reflect::DescriptorPool;
use takar_proto::DESCRIPTOR_SET;

/// What the contract says of its messages and methods.
pub(crate) static CONTRACT: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(DESCRIPTOR_SET).expect("the build made the descriptor set")
});
