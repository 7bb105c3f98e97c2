#!/bin/sh
# Runs fuzz targets, each for a number of seconds: run.sh [SECONDS [TARGET...]]
# Without a sanitizer they run on the stable compiler; the gateway has no unsafe code to watch.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
cargo fuzz --version > /dev/null 2>&1 || cargo install cargo-fuzz --locked --version 0.13.2
targets=$*
for target in ${targets:-$(cargo fuzz list)}; do
    echo "== $target"
    cargo fuzz run --sanitizer none "$target" -- -max_total_time="$seconds" -print_final_stats=1
done
