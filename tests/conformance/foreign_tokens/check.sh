#!/bin/sh
# Installs the pinned libraries into the build folder and runs check.mjs there. Give it the program foreign_tokens.
set -u

skip() {
  echo "SKIPPED: $1"
  exit 77
}

# Both libraries need Node.js 20, and Debian 12 has 18: where it is missing PyJWT is the only foreign witness.
command -v npm >/dev/null || skip "npm is not installed"
[ "$(node --print 'parseInt(process.versions.node)')" -ge 20 ] || skip "Node.js is older than 20"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || exit 1
exec node --disable-warning=ExperimentalWarning --test-reporter=spec check.mjs "$1"
