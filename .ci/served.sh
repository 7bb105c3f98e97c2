#!/usr/bin/env bash
# Runs a command against a served API: starts `takar up` with the sample data in a directory of its own,
# and a gateway without a limit of requests in front of its server; stops both afterwards.
#   .ci/served.sh COMMAND...    with API_URL, TAKAR_TOKEN and DOCUMENT (a file) in its environment
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# How long a new database with its sample data may take on a busy machine.
readonly ready_seconds=180

work=$(mktemp -d)
# Postgres runs as another user, who must get through.
chmod 755 "$work"
pids=()

stop() {
  local pid
  for ((index = ${#pids[@]} - 1; index >= 0; index--)); do
    pid=${pids[index]}
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap stop EXIT

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start NAME COMMAND...: in the background; what it says is shown only if it fails.
start() {
  "${@:2}" >"$work/$1.log" 2>&1 &
  pids+=("$!")
}

wait_for() {
  local pid=${pids[-1]} end=$((SECONDS + ready_seconds))
  until curl --silent --fail --max-time 2 --output /dev/null "$2"; do
    if ! kill -0 "$pid" 2>/dev/null || ((SECONDS >= end)); then
      tail -n 20 "$work/$1.log"
      printf '%s is not ready\n' "$1"
      exit 1
    fi
    sleep 0.2
  done
}

cargo build --locked --package takar --package takar-gateway
http=127.0.0.1:$(free_port) grpc=127.0.0.1:$(free_port) gateway=127.0.0.1:$(free_port)
start takar target/debug/takar up --data-dir "$work/data" --http "$http" --grpc "$grpc"
wait_for takar "http://$http/readyz"
start gateway target/debug/takar-gateway serve --listen "$gateway" --upstream "http://$grpc" \
  --requests-per-second 0
wait_for gateway "http://$gateway/readyz"
curl --silent --show-error --fail --output "$work/openapi.json" "http://$gateway/openapi.json"

API_URL=http://$gateway TAKAR_TOKEN=$(<"$work/data/development-key") DOCUMENT=$work/openapi.json "$@"
