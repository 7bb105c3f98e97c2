#!/usr/bin/env bash
# Has the served API judged by others: its document by Redocly and by Spectral with OWASP's rules, and
# its behaviour by Schemathesis, with a credential that may do everything and without one.
# Run by served.sh; the exceptions stand in redocly.yaml, spectral.yaml and schemathesis.toml, with
# schemathesis_hooks.py.
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly node=../target/ci-node
readonly venv=../target/ci-venv
# Cases of one operation beside the examples and the edges: enough to find, few enough to wait for.
readonly max_examples=6

schemathesis() {
  "$venv/bin/schemathesis" --config-file schemathesis.toml run "$DOCUMENT" --url "$API_URL" \
    --phases examples,coverage,fuzzing,stateful --max-examples "$max_examples" --no-color "$@"
}

mkdir -p "$node"
cp package.json package-lock.json "$node"
npm ci --prefix "$node" --no-audit --no-fund --loglevel=error
# The rules are found beside the rule set.
cp spectral.yaml redocly.yaml "$node"

export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
"$node/node_modules/.bin/redocly" lint --config "$node/redocly.yaml" --max-problems 20 "$DOCUMENT"
"$node/node_modules/.bin/spectral" lint --ruleset "$node/spectral.yaml" --fail-severity warn "$DOCUMENT"
schemathesis --header "Authorization: Bearer $TAKAR_TOKEN"
# All that is anybody's to read; that the rest wants a credential, each operation was tried for above.
schemathesis --include-method GET
