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
for key in $(grep -oE '`(audit|forward_auth|hash|hsts|http|limits\.rate|mail|password|product|recovery|session|shutdown|smtp|token)\.[a-z_]+`' docs/operating.md | tr -d '`'); do
  grep -qF "\"$key\"" src/app/config.cpp && continue
  echo "docs/operating.md names a setting that is not there: $key"
  status=1
done
exit $status
