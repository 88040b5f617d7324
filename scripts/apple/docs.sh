#!/usr/bin/env bash
# Builds the documentation of the package; a broken link is an error.
# The native library is already built: cargo build --workspace --locked
# needs: Swift 6 with docc (scripts/debian/swift.sh); without it this fails if CI=true and is skipped with one line
# otherwise
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/dev/need.sh
. scripts/apple/swift-tools.sh
graphs="$target/swift-graphs"
docc=$(with_swift sh -c 'command -v docc || ls /usr/libexec/swift/bin/docc' 2>/dev/null || true)
[ -n "$docc" ] || missing swift-docs "not installed: docc"
rm -rf "$graphs"
mkdir -p "$graphs"
swift_tool build ios --target Mien -Xswiftc -emit-symbol-graph -Xswiftc -emit-symbol-graph-dir -Xswiftc "$graphs"
# Only the library itself, without its modules and its extensions of other types.
find "$graphs" -type f ! -name 'Mien.symbols.json' -delete
with_swift "$docc" convert ios/Sources/Mien/Mien.docc --fallback-display-name Mien \
    --fallback-bundle-identifier mien.Mien --additional-symbol-graph-dir "$graphs" \
    --output-path "$target/Mien.doccarchive" --warnings-as-errors
echo "wrote the documentation to $target/Mien.doccarchive"
