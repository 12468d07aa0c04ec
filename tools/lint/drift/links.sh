#!/usr/bin/env bash
# Links between the documents lead somewhere.
set -euo pipefail
cd "$(dirname "$0")/../../.."

status=0
for file in *.md docs/*.md docs/adr/*.md; do
  while read -r target; do
    [ -e "$(dirname "$file")/$target" ] && continue
    echo "$file links to $target, which is not there"
    status=1
  done < <(grep -oE '\]\([^)# ]+' "$file" | cut -c3- | grep -v '^https:')
done
exit $status
