#!/bin/sh
# Installs the pinned libraries into the build folder and runs check.mjs there. Give it the program foreign_tokens.
set -u

unavailable() {
  echo "$1"
  [ "${SALLYPORT_TEST_OPTIONAL:-}" = 1 ] && exit 77
  exit 1
}

command -v npm >/dev/null || unavailable "npm is not installed"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || unavailable "npm cannot install jose and paseto"
exec node --disable-warning=ExperimentalWarning --test-reporter=spec check.mjs "$1"
