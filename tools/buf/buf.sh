#!/usr/bin/env bash
# buf.sh ARGUMENTS: runs the pinned buf, installed under build/buf the first time; says so where that cannot be.
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! command -v npm >/dev/null; then
  echo "buf $1 is passed over: npm is not installed"
  exit 0
fi
if ! cmp -s tools/buf/package-lock.json build/buf/installed-lock.json; then
  mkdir -p build/buf
  cp tools/buf/package.json tools/buf/package-lock.json build/buf/
  npm ci --prefix build/buf --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
  cp tools/buf/package-lock.json build/buf/installed-lock.json
fi
exec build/buf/node_modules/@bufbuild/buf-linux-*/bin/buf "$@"
