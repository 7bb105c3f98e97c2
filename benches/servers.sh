# shellcheck shell=bash
# What scripts share that start servers, wait for them, and stop them at their end. It is sourced from the
# repository's root, makes the directory $work, and waits for a server for $ready_seconds.

: "${ready_seconds:?is set by the script that sources this}"
work=$(mktemp -d)
# `takar up` starts Postgres as another user, who must get through.
chmod 755 "$work"
pids=()

stop() {
  local pid
  # The last started first; each is waited for, so that Postgres stops cleanly.
  for ((index = ${#pids[@]} - 1; index >= 0; index--)); do
    pid=${pids[index]}
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

fail() {
  printf '%s: %s\n' "$0" "$*" >&2
  exit 1
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start NAME COMMAND...: in the background; what it says is shown only if it fails.
start() {
  "${@:2}" >"$work/$1.log" 2>&1 &
  pids+=("$!")
}

# wait_for NAME URL CURL_OPTION...: until the URL answers, or the server that was started last has ended.
wait_for() {
  local pid=${pids[-1]} end=$((SECONDS + ready_seconds))
  until curl --silent --fail --max-time 2 --output /dev/null "${@:3}" "$2"; do
    if ! kill -0 "$pid" 2>/dev/null || ((SECONDS >= end)); then
      tail -n 20 "$work/$1.log" >&2
      fail "$1 is not ready"
    fi
    sleep 0.1
  done
}
