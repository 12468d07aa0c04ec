#!/usr/bin/env bash
# The definitions of api/proto are those of the snapshot that clients were promised; where npm is, buf agrees that they
# are well kept and break nobody. `make proto-snapshot` takes the snapshot again, after an addition.
set -euo pipefail
cd "$(dirname "$0")/../../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
snapshot=api/proto/snapshot.binpb

tools/buf/snapshot.sh "$work/now.binpb"
if ! cmp -s "$work/now.binpb" "$snapshot"; then
  as_text() { protoc --decode=google.protobuf.FileDescriptorSet google/protobuf/descriptor.proto <"$1"; }
  diff <(as_text "$snapshot") <(as_text "$work/now.binpb") | head -40 || true
  echo "the definitions of $snapshot (<) and of api/proto (>) differ: an addition needs make proto-snapshot"
  exit 1
fi

tools/buf/buf.sh lint api/proto || exit 1
# What is on the main branch was promised, whatever snapshot this change brings.
promised=$(git merge-base HEAD "${MAIN_BRANCH:-main}" 2>/dev/null || true)
if [ -n "$promised" ] && git cat-file -e "$promised:$snapshot" 2>/dev/null; then
  git show "$promised:$snapshot" >"$work/promised.binpb"
else
  cp "$snapshot" "$work/promised.binpb"
fi
tools/buf/buf.sh breaking api/proto --against "$work/promised.binpb"
