#!/usr/bin/env bash
# Tests the Swift package with the real library of this machine, or skips with one line where Swift
# cannot be had.
#   usage: test.sh [arguments for `swift test`]
# The library and the command `mien` are there already: cargo build --workspace --locked
set -euo pipefail
cd "$(dirname "$0")/.."
. ios/swift-tools.sh
material="$target/swift-test"
mkdir -p "$material" "$target/exchange"

# How sources are laid out (ios/.swift-format); Debian keeps the program out of the way.
with_swift sh -c 'PATH=$PATH:/usr/libexec/swift/bin
    command -v swift-format >/dev/null || exit 0
    cd ios && swift-format lint --strict --recursive \
        Package.swift Sources/Mien Tests Benchmarks Sample'

# The command's numbers, from the same C library: they differ in the last digits between versions of
# it. And pixels, which Swift on Linux cannot decode by itself.
pictures=(tests/fixtures/pictures/*.jpg tests/fixtures/clip/0000.jpg)
with_swift "$target/debug/mien" analyze --json "${pictures[@]}" >"$material/analyze.json"
if command -v ffmpeg >/dev/null; then
    for format in rgb24 bgra rgba gray nv12 nv21 yuv420p; do
        [ -e "$material/clip.$format" ] || ffmpeg -v error -y -start_number 0 -i tests/fixtures/clip/%04d.jpg \
            -frames:v 24 -pix_fmt "$format" -f rawvideo "$material/clip.$format"
    done
else
    echo "skipped: tests of frames need ffmpeg"
fi

# Nothing of what the compiler says is let pass.
swift_tool test -Xswiftc -warnings-as-errors -Xswiftc -strict-concurrency=complete "$@"
