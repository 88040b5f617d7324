#!/usr/bin/env bash
# Builds ios/Frameworks/MienNative.xcframework from the Rust core for the iPhone, its simulator and the Mac; then the
# zip of a release, and prints its checksum and the sizes.
# needs: a Mac with Xcode, and Rust by rustup
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# = 0 ] || {
    echo "build-xcframework: takes no arguments; CARGO_TARGET_DIR sets the build folder" >&2
    exit 2
}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/mien/target}
export IPHONEOS_DEPLOYMENT_TARGET=15.0 MACOSX_DEPLOYMENT_TARGET=12.0

device=(aarch64-apple-ios)
simulator=(aarch64-apple-ios-sim x86_64-apple-ios)
mac=(aarch64-apple-darwin x86_64-apple-darwin)

# All missing tools are listed at once.
missing=()
[ "$(uname -s)" = Darwin ] || missing+=("a Mac (this is $(uname -s); \`make apple-symbols\` checks the static libraries here)")
for tool in xcodebuild lipo ditto swift; do
    command -v "$tool" >/dev/null || missing+=("$tool (Xcode and its command line tools)")
done
command -v cargo >/dev/null || missing+=("cargo (Rust by rustup)")
command -v xcodebuild >/dev/null && ! xcodebuild -version >/dev/null 2>&1 &&
    missing+=("Xcode itself (\`xcode-select\` points to the command line tools only)")
for triple in "${device[@]}" "${simulator[@]}" "${mac[@]}"; do
    [ -d "$(rustc --print target-libdir --target "$triple" 2>/dev/null)" ] || missing+=("Rust for $triple: rustup target add $triple")
done
if [ ${#missing[@]} -gt 0 ]; then
    printf 'build-xcframework: missing:\n' >&2
    printf '  %s\n' "${missing[@]}" >&2
    exit 1
fi

. scripts/cross/mobile-flags.sh
# The default pack needs no other features than picture files.
build() {
    RUSTFLAGS="${RUSTFLAGS-} $mobile_flags" cargo rustc --profile mobile --locked -p mien-ffi --no-default-features --features pictures --lib \
        --crate-type staticlib --target "$1"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Joins the libraries of all processors of a platform: join NAME TRIPLE...
join() {
    local name=$1 libraries=()
    shift
    for triple in "$@"; do
        build "$triple"
        libraries+=("$CARGO_TARGET_DIR/$triple/mobile/libmien_ffi.a")
    done
    mkdir -p "$work/$name"
    lipo -create "${libraries[@]}" -output "$work/$name/libmien_ffi.a"
}
join device "${device[@]}"
join simulator "${simulator[@]}"
join mac "${mac[@]}"

cargo build --workspace --locked
scripts/apple/generate.sh
# The folder has the name of the module: Xcode copies the headers of all frameworks into one folder, where their module
# maps would collide. Clang finds the map of a module in a folder of its name too.
mkdir -p "$work/headers/MienNative"
cp ios/Sources/MienNative/* "$work/headers/MienNative/"

framework=ios/Frameworks/MienNative.xcframework
rm -rf ios/Frameworks
mkdir -p ios/Frameworks
xcodebuild -create-xcframework \
    -library "$work/device/libmien_ffi.a" -headers "$work/headers" \
    -library "$work/simulator/libmien_ffi.a" -headers "$work/headers" \
    -library "$work/mac/libmien_ffi.a" -headers "$work/headers" \
    -output "$framework"
ditto -c -k --keepParent "$framework" "$framework.zip"

echo "libraries, before the linker of an application removes unused code:"
du -m "$work"/*/libmien_ffi.a | awk -F/ '{ printf "  %d MB %s\n", $1, $(NF - 1) }'
echo "models: $(du -k ios/Sources/Mien/Resources/Models | cut -f1) KB"
echo "zip: $(du -m "$framework.zip" | cut -f1) MB"
echo "checksum: $(swift package --package-path ios compute-checksum "$framework.zip")"
