#!/usr/bin/env bash
# Checks that .sqlx holds what the queries of this crate say against its migrations.
# `--write` renews it. Needs nothing running: it starts a Postgres of its own.
set -euo pipefail
cd "$(dirname "$0")/../.."

store=crates/store
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

# sqlx's macros write what they learn from the database into SQLX_OFFLINE_DIR; a target directory of
# its own makes them run even where nothing changed since the last build.
cargo run --quiet --locked -p takar-embedded-postgres --example with-postgres -- \
    --migrations "$store/migrations" -- \
    env SQLX_OFFLINE_DIR="$fresh" CARGO_TARGET_DIR=target/check-queries \
    bash -c "touch $store/src/lib.rs && cargo check --quiet --locked -p takar-store"

if [ "${1:-}" = --write ]; then
    rm -rf "$store/.sqlx"
    mkdir "$store/.sqlx"
    cp "$fresh"/*.json "$store/.sqlx/"
elif ! diff --recursive --brief "$fresh" "$store/.sqlx"; then
    echo "$store/.sqlx is not up to date: run $store/check-queries.sh --write" >&2
    exit 1
fi
