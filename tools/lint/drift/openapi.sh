#!/usr/bin/env bash
# api/openapi/openapi.json is what the program says of its routes, with the settings it has by itself.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
program=build/release/sallyport
[ -x $program ] || { echo "there is no $program; make build"; exit 1; }
generated=$(env -i "PATH=$PATH" "TMPDIR=${TMPDIR:-/tmp}" $program routes --openapi)
diff -u --label api/openapi/openapi.json --label "$program routes --openapi" api/openapi/openapi.json - <<<"$generated" || {
  echo "api/openapi/openapi.json is out of date: $program routes --openapi > api/openapi/openapi.json"
  exit 1
}
