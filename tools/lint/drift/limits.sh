#!/usr/bin/env bash
# Every limit of src/transport/limits.h is in docs/operating.md, and every setting it names exists.
set -euo pipefail
cd "$(dirname "$0")/../../.."

status=0
for limit in $(grep -oE '^  std::(size_t|chrono::milliseconds) \w+' src/transport/limits.h | awk '{ print $2 }'); do
  grep -q "\`$limit\`" docs/operating.md && continue
  echo "docs/operating.md does not tell of the limit $limit"
  status=1
done
sections=$(grep -oE 'name = "[a-z_]+\.' src/app/config.cpp | cut -d'"' -f2 | tr -d . | sort -u | paste -sd'|')
for key in $(grep -oE "\`($sections)(\.[a-z_0-9]+)+\`" docs/operating.md | tr -d '`'); do
  grep -qE "\"$key[.\"]" src/app/config.cpp && continue  # a setting or a section
  echo "docs/operating.md names a setting that is not there: $key"
  status=1
done
exit $status
