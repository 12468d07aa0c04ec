#!/usr/bin/env bash
# docs/configuration.md is what the program says about its settings.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
program=build/release/sallyport
[ -x $program ] || { echo "there is no $program; make build"; exit 1; }
generated=$($program config keys --markdown)
diff -u --label docs/configuration.md --label "$program config keys --markdown" docs/configuration.md - <<<"$generated" || {
  echo "docs/configuration.md is out of date: $program config keys --markdown > docs/configuration.md"
  exit 1
}
