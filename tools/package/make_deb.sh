#!/usr/bin/env bash
# make_deb.sh PROGRAM FOLDER: makes FOLDER/sallyport_<version>_<arch>.deb and -dbgsym of a program that was built with
# debug information. The same program and commit give the same bytes. PACKAGE_VERSION replaces the version.
set -euo pipefail
umask 022
export LC_ALL=C TZ=UTC

[ $# -eq 2 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
program=$(realpath "$1")
mkdir -p "$2"
output=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The commit's time is everything's time. Between releases it also is what makes a later package a later version.
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct)}"
export SOURCE_DATE_EPOCH
release=$("$program" version | cut -d' ' -f2)
if [ -n "${PACKAGE_VERSION:-}" ]; then
  version=$PACKAGE_VERSION
elif git describe --exact-match --match "v$release" >/dev/null 2>&1; then
  version=$release
else
  version="$release~git$(date -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S).$(git rev-parse --short=8 HEAD)"
fi
architecture=$(dpkg --print-architecture)
maintainer=$(sed -n 's/^Maintainer: //p' deploy/debian/control)

tree=$work/debian/sallyport  # where dpkg-shlibdeps looks
debug_tree=$work/debian/sallyport-dbgsym

put() { install -D -m "$1" "$2" "$tree/$3"; }       # put MODE FILE NAME
squeeze() { gzip -9n <"$1" >"$work/squeezed" && put 644 "$work/squeezed" "$2"; }  # squeeze FILE NAME

# --- the program, and what a debugger wants of it, found by its build id
build_id=$(readelf -n "$program" | sed -n 's/^ *Build ID: //p')
[ -n "$build_id" ] || { echo "make_deb: $program has no build id" >&2; exit 1; }
debug=$debug_tree/usr/lib/debug/.build-id/${build_id:0:2}/${build_id:2}.debug
mkdir -p "$(dirname "$debug")"
objcopy --only-keep-debug --compress-debug-sections "$program" "$debug"
chmod 644 "$debug"
put 755 "$program" usr/bin/sallyport
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$tree/usr/bin/sallyport"

# --- what goes with it
put 644 deploy/debian/sallyport.toml etc/sallyport/sallyport.toml
for unit in sallyport.service sallyport-backup.service sallyport-backup.timer; do
  put 644 "deploy/systemd/$unit" "lib/systemd/system/$unit"
done
put 644 deploy/systemd/sysusers.conf usr/lib/sysusers.d/sallyport.conf
for example in deploy/systemd/drop-ins/*.conf; do
  put 644 "$example" "usr/share/doc/sallyport/examples/$(basename "$example")"
done
for page in docs/operating.md docs/configuration.md docs/security.md; do
  squeeze "$page" "usr/share/doc/sallyport/$(basename "$page").gz"
done
tools/package/manual_page.py "$program" "$(date -d "@$SOURCE_DATE_EPOCH" +%F)" >"$work/manual"
squeeze "$work/manual" usr/share/man/man8/sallyport.8.gz

completion() {  # completion SHELL NAME
  "$program" completion "$1" >"$work/completion" 2>/dev/null || return 0  # older programs have none
  put 644 "$work/completion" "$2"
}
completion bash usr/share/bash-completion/completions/sallyport
completion zsh usr/share/zsh/vendor-completions/_sallyport
completion fish usr/share/fish/vendor_completions.d/sallyport.fish

# --- whose it is, and what became of it
put 644 deploy/debian/copyright usr/share/doc/sallyport/copyright
# CLI11 is compiled in, and its licence wants its notice with every copy. Boost's does not; the rest is linked to.
put 644 /usr/share/doc/libcli11-dev/copyright usr/share/doc/sallyport/copyright.cli11
{
  printf 'sallyport (%s) unstable; urgency=medium\n\n  * What changed: CHANGELOG.md.gz.\n\n' "$version"
  printf ' -- %s  %s\n' "$maintainer" "$(date -R -d "@$SOURCE_DATE_EPOCH")"
} >"$work/changelog"
squeeze "$work/changelog" usr/share/doc/sallyport/changelog.gz
squeeze CHANGELOG.md usr/share/doc/sallyport/CHANGELOG.md.gz
mkdir -p "$debug_tree/usr/share/doc"
ln -s sallyport "$debug_tree/usr/share/doc/sallyport-dbgsym"

# --- what dpkg wants to know
mkdir "$tree/DEBIAN" "$debug_tree/DEBIAN"
cp deploy/debian/control "$work/debian/control"
libraries=$(cd "$work" && dpkg-shlibdeps --warnings=1 -O debian/sallyport/usr/bin/sallyport | sed -n 's/^shlibs:Depends=//p')

installed_kib() {  # as dpkg-gencontrol counts: a file in whole KiB, everything else as one
  find "$1" -path "$1/DEBIAN" -prune -o -printf '%y %s\n' | awk '{ kib += $1 == "f" ? int(($2 + 1023) / 1024) : 1 } END { print kib }'
}
finish() {  # finish TREE: sums, times, and the package
  (cd "$1" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum >"$work/sums")
  install -m 644 "$work/sums" "$1/DEBIAN/md5sums"
  find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
  dpkg-deb --root-owner-group -Zxz --build "$1" "$output" >/dev/null
}

for script in postinst prerm postrm; do install -m 755 "deploy/debian/$script" "$tree/DEBIAN/$script"; done
find "$tree/etc" -type f -printf '/etc/%P\n' | sort >"$tree/DEBIAN/conffiles"
{
  awk -v version="$version" -v architecture="$architecture" -v libraries="$libraries" -v size="$(installed_kib "$tree")" '
    /^$/ { is_binary = 1; next }
    !is_binary { if (/^(Section|Priority|Maintainer):/) general = general $0 "\n"; next }
    /^Package:/ { print; print "Version: " version; printf "%s", general; print "Installed-Size: " size; next }
    /^Architecture:/ { print "Architecture: " architecture; next }
    /^Depends:/ { print $0 ", " libraries; next }
    { print }' deploy/debian/control
} >"$tree/DEBIAN/control"
cat >"$debug_tree/DEBIAN/control" <<END
Package: sallyport-dbgsym
Source: sallyport
Version: $version
Section: debug
Priority: optional
Maintainer: $maintainer
Installed-Size: $(installed_kib "$debug_tree")
Architecture: $architecture
Depends: sallyport (= $version)
Auto-Built-Package: debug-symbols
Build-Ids: $build_id
Description: debug symbols for sallyport
END

finish "$tree"
finish "$debug_tree"
(cd "$output" && ls -1 "sallyport_${version}_$architecture.deb" "sallyport-dbgsym_${version}_$architecture.deb") | sed "s|^|$2/|"
