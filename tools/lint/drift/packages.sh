#!/usr/bin/env bash
# docs/architecture.md says of every package why it is here.
set -euo pipefail
cd "$(dirname "$0")/../../.."

status=0
for package in $(sed 's/#.*//' tools/packages.txt tools/packages-test.txt tools/packages-testssl.txt tools/packages-bench.txt tools/packages-package.txt); do
  grep "^|" docs/architecture.md | grep -Fw -- "$package" >/dev/null && continue
  echo "docs/architecture.md does not say why $package is needed"
  status=1
done
exit $status
