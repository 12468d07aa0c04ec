#!/usr/bin/env bash
# web/reference/dist is what web/reference/src compiles to. The server is built of the former, without Node.js.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)/web/reference"
command -v npm >/dev/null || { echo "npm is not installed: web/reference/dist is not compared with its source"; exit 0; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -r package.json package-lock.json tsconfig.json src "$scratch"
mkdir "$scratch/dist"
(cd "$scratch" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm run --silent build) >&2
diff -ru dist "$scratch/dist" || {
  echo "web/reference/dist is out of date: cd web/reference && npm ci && npm run build"
  exit 1
}
