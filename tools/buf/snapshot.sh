#!/usr/bin/env bash
# snapshot.sh FILE: writes the descriptors of api/proto to FILE, with all they import and without comments. The same
# definitions give the same bytes.
set -euo pipefail
[ $# -eq 1 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
output=$(realpath "$1")
cd "$(dirname "$0")/../../api/proto"
find . -name '*.proto' -printf '%P\0' | LC_ALL=C sort -z | xargs -0 protoc --proto_path=. --include_imports --descriptor_set_out="$output"
