//! The operator's tool, and takar up.
fn main() {}
