#!/bin/sh
# Installs the pinned libraries into the build folder and runs a test there: run.sh TEST.mjs PROGRAM.
set -u

missing() {
  echo "$1 is not installed: tools/install-packages.sh tools/packages-test.txt"
  [ "${SALLYPORT_TEST_OPTIONAL:-}" = 1 ] && exit 77
  exit 1
}

command -v npm >/dev/null || missing npm
command -v chromium >/dev/null || missing chromium
[ node_modules/.package-lock.json -nt package-lock.json ] ||
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || exit 1
exec node --test-reporter=spec "$1" "$2"
