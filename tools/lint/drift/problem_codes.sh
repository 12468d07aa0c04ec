#!/usr/bin/env bash
# Every code and rule that the source can answer with has its sentence in the problem catalog.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
# Codes of start-up and of calls between modules; no client hears them.
internal='argon2_unsupported|command_unknown|server_silent|command_unknown|server_silent|config_key_unknown|config_value_invalid|credentials_changed|data_in_use|data_unusable|endpoint_malformed|flight_over|hash_failed|master_key_[a-z]+|signing_key_[a-z]+|service_manager_[a-z]+|pepper_unknown|sealed_[a-z_]+|verifier_malformed|address_[a-z_]+'
used=$(grep -rhoE '(fail\((core::)?Fault::[a-z_]+, |\.code = |Error\{(core::)?Fault::[a-z_]+, |\{[45][0-9][0-9], )"[a-z0-9_]+"' \
         src --include='*.cpp' --include='*.h' --exclude='*_test.cpp' | grep -oE '"[a-z0-9_]+"' | tr -d '"' | sort -u | grep -vxE "$internal")
known=$(grep -oE '^    \{"[a-z0-9_]+"' src/transport/rest/problem_catalog.cpp | grep -oE '[a-z0-9_]+' | sort -u)
missing=$(comm -23 <(printf '%s\n' "$used") <(printf '%s\n' "$known"))
[ -z "$missing" ] || { printf 'not in src/transport/rest/problem_catalog.cpp:\n%s\n' "$missing"; exit 1; }
