#!/usr/bin/env bash
# What others' suites say of the protocols: connectrpc.com/conformance of gRPC, gRPC-Web and Connect, h2spec of HTTP/2.
# Both are Go programs, pinned in tools/go.mod and built with the machine's Go; without it nothing is checked. The first
# argument is the number of jobs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
jobs=${1:-1}

if ! command -v go >/dev/null; then
  echo "conformance: this machine has no Go, so nothing was checked"
  exit 0
fi

work=$PWD/build/conformance
mkdir -p "$work"
(
  cd tools
  go build -mod=readonly -p "$jobs" -o "$work/" connectrpc.com/conformance/cmd/connectconformance \
    github.com/summerwind/h2spec/cmd/h2spec
)
proto=$(cd tools && go list -mod=readonly -m -f '{{.Dir}}' connectrpc.com/conformance)/proto
cmake --preset release -DSALLYPORT_CONFORMANCE_PROTO="$proto" >/dev/null
cmake --build --preset release --target conformance_server sallyport --parallel "$jobs"

status=0
echo "conformance: gRPC, gRPC-Web and Connect"
"$work/connectconformance" --mode server --conf tests/conformance/rpc/config.yaml --parallel 4 \
  -- build/release/bin/conformance_server || status=1
echo "conformance: HTTP/2"
python3 -B tests/conformance/http2/h2spec.py build/release/sallyport "$work/h2spec" || status=1
exit $status
