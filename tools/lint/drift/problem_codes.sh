#!/usr/bin/env bash
# Every code and rule that the source can answer with has its sentence in the problem catalog.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
# Codes of start-up and of calls between modules; no client hears them.
internal=$(cat tools/lint/drift/internal_codes.txt)
used=$(grep -rhoE '(fail\((core::)?Fault::[a-z_]+, |\.code = |Error\{(core::)?Fault::[a-z_]+, |\{[45][0-9][0-9], )"[a-z0-9_]+"' \
         src --include='*.cpp' --include='*.h' --exclude='*_test.cpp' | grep -oE '"[a-z0-9_]+"' | tr -d '"' | sort -u | grep -vxE "$internal")
known=$(grep -oE '^    \{"[a-z0-9_]+"' src/transport/rest/problem_catalog.cpp | grep -oE '[a-z0-9_]+' | sort -u)
missing=$(comm -23 <(printf '%s\n' "$used") <(printf '%s\n' "$known"))
[ -z "$missing" ] || { printf 'not in src/transport/rest/problem_catalog.cpp:\n%s\n' "$missing"; exit 1; }
