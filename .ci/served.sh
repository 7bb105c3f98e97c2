#!/usr/bin/env bash
# Runs a command against a served API: starts `takar up` with the sample data in a directory of its own,
# and a gateway without a limit of requests in front of its server; stops both afterwards.
#   .ci/served.sh COMMAND...    with API_URL, TAKAR_TOKEN and DOCUMENT (a file) in its environment
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# How long a new database with its sample data may take on a busy machine.
readonly ready_seconds=180

# shellcheck source=benches/servers.sh
source benches/servers.sh

cargo build --locked --package takar --package takar-gateway
http=127.0.0.1:$(free_port) grpc=127.0.0.1:$(free_port) gateway=127.0.0.1:$(free_port)
start takar target/debug/takar up --data-dir "$work/data" --http "$http" --grpc "$grpc"
wait_for takar "http://$http/readyz"
start gateway target/debug/takar-gateway serve --listen "$gateway" --upstream "http://$grpc" \
  --requests-per-second 0
wait_for gateway "http://$gateway/readyz"
curl --silent --show-error --fail --output "$work/openapi.json" "http://$gateway/openapi.json"

API_URL=http://$gateway TAKAR_TOKEN=$(<"$work/data/development-key") DOCUMENT=$work/openapi.json "$@"
