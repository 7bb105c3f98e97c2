#!/usr/bin/env bash
# Measures the national summary of a cycle against plain SQL over an ideal table. README.md says what is
# compared. It starts a Postgres of its own.
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cargo build --quiet --release --locked -p takar-store --example summary
cargo run --quiet --locked -p takar-embedded-postgres --example with-postgres -- \
  -- target/release/examples/summary
