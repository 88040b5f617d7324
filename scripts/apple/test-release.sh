#!/usr/bin/env bash
# Tests the Swift package as a release has it: writes it (scripts/release/layout.sh) into a git repository with a tag, and
# builds and runs a program (ios/Consumer) that depends on it by address and version. On Linux the core is the library of this
# computer; on a Mac the package needs a released binary, so there this only writes and reads the package.
# The native library is already built: cargo build --workspace --locked
# needs: Swift 6 (scripts/debian/swift.sh), git; without a tool this fails if CI=true and is skipped with one line otherwise
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/dev/need.sh
. scripts/apple/swift-tools.sh
need test-release git python3
work=$target/swift-release release=$target/swift-release/mien-swift
rm -rf "$work"
mkdir -p "$work"
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)

scripts/release/layout.sh "$release"
git_release() { git -C "$release" -c user.name=Release -c user.email=release@example.invalid "$@"; }
git_release init --quiet
git_release add --all
git_release commit --quiet --message "$version"
git_release tag "$version"
# A second writing changes nothing: the folder is all that a release has.
scripts/release/layout.sh "$release" >/dev/null
[ -z "$(git_release status --porcelain)" ] || { echo "test-release: a second layout differs" >&2 && exit 1; }

# An address and a checksum reach the manifest, and only the library is a product.
scripts/release/layout.sh "$work/binary" https://example.invalid/MienNative.xcframework.zip "$(printf '0%.0s' {1..64})" >/dev/null
with_swift swift package --package-path "$work/binary" --scratch-path "$work/build-binary" dump-package >"$work/package.json"
python3 - "$work/package.json" <<'END'
import json, sys
package = json.load(open(sys.argv[1]))
assert [product["name"] for product in package["products"]] == ["Mien"], package["products"]
assert {target["type"] for target in package["targets"]} <= {"regular", "binary", "system"}, package["targets"]
END
[ "$(uname -s)" = Linux ] || { echo "test-release: the package is complete; run it from a released binary" && exit 0; }

# The chroot may be older than this test.
with_swift sh -c 'command -v git || { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends git; }' >"$work/log" 2>&1
cp -R ios/Consumer "$work/consumer"
output=$(with_swift env MIEN_URL="file://$release" MIEN_VERSION="$version" LD_LIBRARY_PATH="$target/debug" swift run \
    --package-path "$work/consumer" --scratch-path "$work/build" --cache-path "$work/cache" --security-path "$work/security" \
    "${link[@]}" Consumer "$PWD/tests/fixtures/pictures/obama.jpg" 2>"$work/log") || { cat "$work/log" >&2 && exit 1; }
grep -Eqx 'obama.jpg: [a-z]+' <<<"$output" || { echo "test-release: the consumer printed: $output" >&2 && exit 1; }
echo "test-release: a program with the release $version by its address: $output"
