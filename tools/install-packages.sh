#!/usr/bin/env bash
# install-packages.sh LIST...: installs the packages of the lists that are missing, on Debian 12. It asks dpkg first, so
# that it costs nothing and needs no rights once everything is there.
set -euo pipefail

say() { printf 'install-packages: %s\n' "$*" >&2; }

# `npm  # unless: npm`: not where the command is there already; others' packages of it cannot stand beside Debian's.
wanted=()
while read -r line; do
  [[ $line =~ "# unless: "([a-z]+) ]] && command -v "${BASH_REMATCH[1]}" >/dev/null && continue
  read -ra named <<<"${line%%#*}"
  wanted+=("${named[@]}")
done < <(cat -- "$@")

# Read in a shell of its own: the file sets many names.
system=$(. /etc/os-release 2>/dev/null && printf '%s %s' "${ID:-unknown}" "${VERSION_ID:-}") || system='unknown '
if [ "$system" != 'debian 12' ]; then
  if command -v clang++-19 >/dev/null && command -v cmake >/dev/null && command -v ninja >/dev/null; then
    exit 0  # CMake names the library that is missing
  fi
  say "this system is $system. Packages are installed by themselves on Debian 12 only. Here, install by hand what"
  say "Debian calls: ${wanted[*]}"
  exit 1
fi

states=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null) || true
missing=()
for package in "${wanted[@]}"; do
  grep -qxF -- "$package installed" <<<"$states" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    say "these packages are missing: ${missing[*]}"
    say "installing them needs root, and there is no sudo here. As root: apt-get install ${missing[*]}"
    exit 1
  fi
  as_root=(sudo)
  [ -t 0 ] || as_root=(sudo -n)  # nobody is there to type a password
fi

say "installing from Debian, which may take minutes: ${missing[*]}"
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}
if ! apt update || ! apt install --yes --no-install-recommends "${missing[@]}" >/dev/null; then
  say "that failed (see above). By hand, as root: apt-get update && apt-get install ${missing[*]}"
  exit 1
fi
say "done"
