#!/usr/bin/env bash
# Measures Takar against bare servers that answer with the same bytes, side by side, as ratios.
# README.md says what is compared and how to read it. Settings, all optional:
#   ROUNDS=5 SECONDS_EACH=4 CONNECTIONS=32
#   TAKAR=FILE REFERENCE=FILE   measure these binaries instead of building them
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly rounds=${ROUNDS:-5}
readonly seconds=${SECONDS_EACH:-4}
readonly connections=${CONNECTIONS:-32}
readonly scorecard=regions/33.05/scorecards/2022
readonly method=/takar.evaluation.v1.EvaluationService/GetScorecard
# How long `takar up` may take to make its database and become ready.
readonly ready_seconds=120

# shellcheck source=benches/servers.sh
source benches/servers.sh

install_tools() {
  local missing=()
  command -v wrk >/dev/null || missing+=(wrk)
  command -v h2load >/dev/null || missing+=(nghttp2-client)
  command -v curl >/dev/null || missing+=(curl)
  ((${#missing[@]})) || return 0
  printf 'installing %s\n' "${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
}

# A gRPC message with its frame: not compressed, four bytes of length, the request's only field.
frame_request() {
  local name_length=${#scorecard}
  # shellcheck disable=SC2059 # the octal escapes are meant to be interpreted
  printf "\\000\\000\\000\\000\\$(printf %03o $((name_length + 2)))\\012\\$(printf %03o "$name_length")"
  printf %s "$scorecard"
}

# call_grpc ADDRESS: the framed answer to one GetScorecard on standard output.
call_grpc() {
  curl --silent --show-error --fail --max-time 10 --http2-prior-knowledge \
    --header 'content-type: application/grpc' --header 'te: trailers' \
    --data-binary "@$work/request" --dump-header "$work/headers" "http://$1$method"
  grep -qi '^grpc-status: *0' "$work/headers" ||
    fail "GetScorecard on $1 answered $(grep -i '^grpc-' "$work/headers" || echo without a status)"
}

# Both print the requests a second of one run, and end the script when any request failed.
measure_http() {
  local output
  output=$(wrk --threads 1 --connections "$connections" --duration "${2:-$seconds}s" "http://$1/v1/$scorecard")
  ! grep -qE 'Non-2xx|Socket errors' <<<"$output" || fail "$output"
  awk '/^Requests\/sec:/ { print $2 }' <<<"$output"
}

measure_grpc() {
  local output
  output=$(h2load --threads 1 --clients "$connections" --max-concurrent-streams 1 \
    --duration "${2:-$seconds}" --data "$work/request" \
    --header 'content-type: application/grpc' --header 'te: trailers' "http://$1$method")
  grep -qE '^requests: .* 0 failed, 0 errored, 0 timeout' <<<"$output" || fail "$output"
  awk '/^finished in/ { print $4 }' <<<"$output"
}

# compare NAME MEASURE REFERENCE_ADDRESS TAKAR_ADDRESS: alternates, so that both meet the same machine.
compare() {
  local round reference takar
  "$2" "$3" 1 >/dev/null
  "$2" "$4" 1 >/dev/null
  for ((round = 1; round <= rounds; round++)); do
    reference=$("$2" "$3")
    takar=$("$2" "$4")
    printf '%s %s\n' "$reference" "$takar"
  done >"$work/results"
  summarise "$1"
}

summarise() {
  awk -v name="$1" '
    function median(values, count,    i, j, swap) {
      for (i = 2; i <= count; i++)
        for (j = i; j > 1 && values[j - 1] > values[j]; j--) {
          swap = values[j]; values[j] = values[j - 1]; values[j - 1] = swap
        }
      return count % 2 ? values[(count + 1) / 2] : (values[count / 2] + values[count / 2 + 1]) / 2
    }
    { reference[NR] = $1; takar[NR] = $2; ratio[NR] = $2 / $1 }
    END {
      middle = median(ratio, NR)
      printf "%-36s %11.0f %11.0f   %.3f (%.3f - %.3f)\n", name,
        median(reference, NR), median(takar, NR), middle, ratio[1], ratio[NR]
    }
  ' "$work/results"
}

install_tools
if [[ -z ${TAKAR:-} || -z ${REFERENCE:-} ]]; then
  cargo build --release --locked --package takar --package bench-reference
fi
readonly takar_binary=${TAKAR:-target/release/takar}
readonly reference_binary=${REFERENCE:-target/release/bench-reference}

http=127.0.0.1:$(free_port)
grpc=127.0.0.1:$(free_port)
start takar "$takar_binary" up --data-dir "$work/data" --http "$http" --grpc "$grpc"
wait_for takar "http://$http/readyz"

# The references answer with what Takar answers, byte for byte.
frame_request >"$work/request"
curl --silent --show-error --fail --max-time 10 --include --output "$work/scorecard.http" \
  "http://$http/v1/$scorecard" || fail "no scorecard at $scorecard"
curl --silent --fail --max-time 10 --output "$work/scorecard.json" "http://$http/v1/$scorecard"
call_grpc "$grpc" >"$work/answer"
tail -c +6 "$work/answer" >"$work/message"

bare_http=127.0.0.1:$(free_port)
start bare-http "$reference_binary" http "$bare_http" "$work/scorecard.http"
wait_for bare-http "http://$bare_http/v1/$scorecard"
bare_grpc=127.0.0.1:$(free_port)
start bare-grpc "$reference_binary" grpc "$bare_grpc" "$work/message"
wait_for bare-grpc "http://$bare_grpc/" --http2-prior-knowledge
curl --silent --fail "http://$bare_http/v1/$scorecard" | cmp - "$work/scorecard.json"
call_grpc "$bare_grpc" | cmp - "$work/answer"

printf '%s rounds of %s s each, %s connections, %s cores, load %s\n' \
  "$rounds" "$seconds" "$connections" "$(nproc)" "$(cut -d' ' -f1 /proc/loadavg)"
printf '%s bytes of JSON, %s of protobuf\n\n' \
  "$(wc -c <"$work/scorecard.json")" "$(wc -c <"$work/message")"
printf '%-36s %11s %11s   %s\n' '' 'bare req/s' 'takar req/s' 'takar / bare: median (min - max)'
compare 'GET scorecard, gateway / axum' measure_http "$bare_http" "$http"
compare 'GetScorecard, takard / tonic' measure_grpc "$bare_grpc" "$grpc"
