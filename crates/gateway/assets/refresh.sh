#!/usr/bin/env bash
# Takes the bundle of another version of Redoc from npm.
set -euo pipefail
cd "$(dirname "$0")"

version=${1:?"usage: refresh.sh VERSION"}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" "redoc@$version" >/dev/null
tar --extract --gzip --directory "$work" --file "$work/redoc-$version.tgz"
cp "$work"/package/bundles/redoc.standalone.js{,.LICENSE.txt} .
cp "$work/package/LICENSE" redoc.LICENSE
# A logo that the page would ask another host for; without it, Redoc shows none.
sed --in-place 's|https://cdn.redoc.ly/redoc/logo-mini.svg|data:,|' redoc.standalone.js
sha256sum redoc.standalone.js >redoc.standalone.js.sha256
sed --in-place "s/Redoc\](\(.*\)) [0-9.]* as/Redoc](\1) $version as/" README.md
