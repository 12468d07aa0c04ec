#!/usr/bin/env bash
# Every test that docs/ names is there.
set -euo pipefail
cd "$(dirname "$0")/../../.."

named='`([A-Z][A-Za-z0-9]+\.[A-Z][A-Za-z0-9]+|test_\w+|secret_misuse_\w+)`'
status=0
while IFS=: read -r file name; do
  case $name in
    *.*) pattern="\\(${name%%.*}, *${name#*.}[,)]" ;;
    test_*) pattern="def $name\\(" ;;
    secret_misuse_*) pattern="foreach\\(misuse .*\\b${name#secret_misuse_}\\b" ;;
  esac
  git grep -qE --untracked -e "$pattern" -- src tests tools && continue
  echo "$file names a test that is not there: $name"
  status=1
done < <(git grep -oE --untracked -e "$named" -- docs | tr -d '`' | sort -u)
exit $status
