#!/usr/bin/env bash
# Makes the package's documentation and refuses links that lead nowhere.
# The library is there already: cargo build --workspace --locked
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/apple/swift-tools.sh
graphs="$target/swift-graphs"
docc=$(with_swift sh -c 'command -v docc || ls /usr/libexec/swift/bin/docc' 2>/dev/null || true)
[ -n "$docc" ] || {
    echo "skipped: docc is not installed"
    exit 0
}
rm -rf "$graphs"
mkdir -p "$graphs"
swift_tool build ios --target Mien -Xswiftc -emit-symbol-graph -Xswiftc -emit-symbol-graph-dir -Xswiftc "$graphs"
# Of the library itself: not of its parts, nor of what it adds to others' types.
find "$graphs" -type f ! -name 'Mien.symbols.json' -delete
with_swift "$docc" convert ios/Sources/Mien/Mien.docc --fallback-display-name Mien \
    --fallback-bundle-identifier mien.Mien --additional-symbol-graph-dir "$graphs" \
    --output-path "$target/Mien.doccarchive" --warnings-as-errors
echo "the documentation lies in $target/Mien.doccarchive"
