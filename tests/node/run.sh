#!/bin/sh
# Installs the pinned libraries into the build folder and runs a test there: run.sh TEST.mjs PROGRAM [ARGUMENT...].
set -u

missing() {
  echo "$1 is not installed: tools/install-packages.sh tools/packages-test.txt"
  [ "${SALLYPORT_TEST_OPTIONAL:-}" = 1 ] && exit 77
  exit 1
}

for program in npm ${NEEDS:-}; do
  command -v "$program" >/dev/null || missing "$program"
done
[ node_modules/.package-lock.json -nt package-lock.json ] ||
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || exit 1
test=$1
shift
exec node --test-reporter=spec "$test" "$@"
