#!/usr/bin/env bash
# Has exports of the served API opened by the programs that people use, and compared with its answers.
# Run by served.sh; judge-exports.py says by which.
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly venv=../target/ci-exports-venv

install() {
  "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
    --only-binary :all: "$@"
}

python3 -m venv "$venv"
install --requirement judge-exports.txt
install --no-deps --requirement judge-exports-schemas.txt
"$venv/bin/python" judge-exports.py "$API_URL"
