#!/usr/bin/env bash
# Tests the Swift package with the real library of this machine: the host's Swift where there is
# one, else Swift in a Debian of its own (scripts/swift.sh). Without Swift it is skipped.
#   usage: test.sh [arguments for `swift test`]
# The library and the command `mien` are there already: cargo build --workspace --locked
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/mien/target}
mkdir -p "$target/swift" "$target/swift-test" "$target/exchange"
target=$(cd "$target" && pwd -P)
material="$target/swift-test"

if command -v swift >/dev/null; then
    swift=()
else
    swift=(scripts/swift.sh --bind "$target")
    # Made first, so that nothing else is done in vain where it cannot be.
    "${swift[@]}" swiftc --version >/dev/null 2>"$material/swift.log" || {
        code=$?
        cat "$material/swift.log" >&2
        [ "$code" = 75 ] && exit 0
        exit "$code"
    }
fi

if [ "$(uname -s)" = Linux ]; then
    ios/generate.sh "$target/debug/libmien_ffi.so"
    link=(-Xlinker "-L$target/debug")
else
    # On a Mac the package's own binary is tested.
    [ -d ios/Frameworks/MienNative.xcframework ] || ios/build-xcframework.sh
    link=()
fi

# The command's numbers, from the same C library: they differ in the last digits between versions of
# it. And pixels, which Swift on Linux cannot decode by itself.
pictures=(tests/fixtures/pictures/*.jpg tests/fixtures/clip/0000.jpg)
"${swift[@]}" "$target/debug/mien" analyze --json "${pictures[@]}" >"$material/analyze.json"
if command -v ffmpeg >/dev/null; then
    for format in rgb24 bgra rgba gray nv12 nv21 yuv420p; do
        [ -e "$material/clip.$format" ] || ffmpeg -v error -y -start_number 0 -i tests/fixtures/clip/%04d.jpg \
            -frames:v 24 -pix_fmt "$format" -f rawvideo "$material/clip.$format"
    done
else
    echo "skipped: tests of frames need ffmpeg"
fi

# Nothing of what the compiler says is let pass.
"${swift[@]}" env LD_LIBRARY_PATH="$target/debug" MIEN_TEST_MATERIAL="$material" MIEN_TEST_EXCHANGE="$target/exchange" \
    swift test --package-path ios --scratch-path "$target/swift" "${link[@]}" \
    -Xswiftc -warnings-as-errors -Xswiftc -strict-concurrency=complete "$@"
