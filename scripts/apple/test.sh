#!/usr/bin/env bash
# Tests the Swift package with the native library of this machine, compiles the Swift blocks of the documentation, and
# runs examples/swift. On Linux it also compiles what needs Apple's frameworks, and the whole sample, against stubs of them
# (ios/Tests/Stubs), tests all of it but the views, and fails if no test calls one of the public functions.
#   usage: test.sh [arguments for `swift test`]
# The library and the command `mien` are already built: cargo build --workspace --locked
# needs: Swift 6 (scripts/debian/swift.sh), Python 3, ffmpeg; without a tool this fails if CI=true, and skips the tests
# that need it with one line otherwise
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/dev/need.sh
. scripts/apple/swift-tools.sh
need test-swift python3
material="$target/swift-test"
mkdir -p "$material" "$target/exchange"

# The numbers of the command, computed with the same C library: its last digits differ between versions. And pixels,
# because Swift on Linux cannot decode pictures.
pictures=(tests/fixtures/pictures/*.jpg tests/fixtures/clip/0000.jpg)
with_swift "$target/debug/mien" analyze --json "${pictures[@]}" >"$material/analyze.json"
if command -v ffmpeg >/dev/null; then
    for format in rgb24 bgra rgba gray nv12 nv21 yuv420p; do
        [ -e "$material/clip.$format" ] || ffmpeg -v error -y -start_number 0 -i tests/fixtures/clip/%04d.jpg \
            -frames:v 24 -pix_fmt "$format" -f rawvideo "$material/clip.$format"
    done
elif [ "${CI:-}" = true ]; then
    missing test-swift "not installed: ffmpeg"
else
    echo "skipped: tests of frames: not installed: ffmpeg"
fi

scripts/dev/doc_blocks.py swift ios/Sources/DocBlocks
doc_blocks=yes
rm -rf "$counts"
swift_tool test ios "${strict[@]}" "$@"
if [ "$(uname -s)" = Linux ]; then
    apple_stubs=yes doc_blocks= swift_tool test ios "${strict[@]}" "$@"
    [ $# -gt 0 ] || scripts/apple/exercised.sh
fi
scripts/apple/icon.py --check
scripts/apple/example.sh --check
scripts/apple/api.sh
