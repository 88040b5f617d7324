#!/usr/bin/env bash
# Copies the installed Rust toolchain to DEST and adds the standard library's source in exactly the same
# version, from Debian's package rust-src (trixie-backports or trixie), with the mirror and key of this
# machine's apt configuration.   usage: rust-source.sh DEST
set -euo pipefail
destination=$1
sources=/etc/apt/sources.list.d/debian.sources
version=$(rustc -V | cut -d' ' -f2)
mirror=$(sed -n 's/^URIs: *//p' "$sources" | head -n 1)
key=$(sed -n 's/^Signed-By: *//p' "$sources" | head -n 1)
mkdir -p "$(dirname "$destination")"
work=$(mktemp -d -p "$(dirname "$destination")")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
: >"$work/status"
for suite in trixie-backports trixie; do
    echo "deb [signed-by=$key] $mirror $suite main"
done >"$work/sources.list"
options=(-o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists"
    -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" -o Acquire::Languages=none
    -o APT::Sandbox::User=root)
apt-get "${options[@]}" -qq update
package=$(apt-cache "${options[@]}" madison rust-src | awk -v v="$version" 'index($3, v"+") == 1 {print $3; exit}')
if [ -z "$package" ]; then
    echo "rust-source: no rust-src of version $version" >&2
    exit 1
fi
(cd "$work" && apt-get "${options[@]}" -qq download "rust-src=$package")
copy="$work/toolchain"
cp -a "$(rustc --print sysroot)" "$copy"
mkdir -p "$copy/lib/rustlib/src/rust"
dpkg-deb --fsys-tarfile "$work"/rust-src_*.deb | tar -x -C "$copy/lib/rustlib/src/rust" --strip-components=4 \
    --wildcards --no-wildcards-match-slash './usr/src/rustc-*/library'
rm -rf "$destination"
mv "$copy" "$destination"
