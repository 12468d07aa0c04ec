#!/usr/bin/env bash
# The metrics of docs/operating.md are those of the code.
set -euo pipefail
cd "$(dirname "$0")/../../.."

names() { grep -oE 'sallyport_[a-z_]+' | sort -u; }
in_code=$(git grep -hoE --untracked -e '"sallyport_[a-z_]+"' -- src/app src/telemetry ':!*_test.cpp' | names)
in_docs=$(grep -oE '`sallyport_[a-z_]+`' docs/operating.md | names)
if ! diff <(printf '%s\n' "$in_code") <(printf '%s\n' "$in_docs"); then
  echo "the metrics of the code (<) and of docs/operating.md (>) differ"
  exit 1
fi
