#!/usr/bin/env bash
# Builds ios/Frameworks/MienNative.xcframework from the Rust core; then the zip of a release and that of its debug symbols,
# and prints checksum and sizes. Each slice is a dynamic framework: its Rust symbols are its own, so that an application
# may contain other Rust libraries (scripts/apple/two-rust-libraries.sh).
#   usage: build-xcframework.sh [SLICE...]     (ios simulator macos catalyst visionos visionos-simulator; default: all)
# needs: a Mac with Xcode, and Rust by rustup
# MIEN_CODESIGN_IDENTITY: signs the xcframework with this identity of the keychain
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/apple/slices.sh
slices=("$@")
[ $# -gt 0 ] || slices=("${all_slices[@]}")
for slice in "${slices[@]}"; do
    triples_of "$slice" >/dev/null || { sed -n '2,7s/^# *//p' "$0" >&2 && exit 2; }
done
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/mien/target}
export IPHONEOS_DEPLOYMENT_TARGET=16.0 MACOSX_DEPLOYMENT_TARGET=13.0 XROS_DEPLOYMENT_TARGET=1.0

# All missing tools are listed at once.
missing=()
[ "$(uname -s)" = Darwin ] || missing+=("a Mac (this is $(uname -s); \`make apple-symbols\` checks the libraries here)")
for tool in xcodebuild lipo dsymutil strip codesign ditto swift; do
    command -v "$tool" >/dev/null || missing+=("$tool (Xcode and its command line tools)")
done
command -v cargo >/dev/null || missing+=("cargo (Rust by rustup)")
command -v xcodebuild >/dev/null && ! xcodebuild -version >/dev/null 2>&1 &&
    missing+=("Xcode itself (\`xcode-select\` points to the command line tools only)")
for slice in "${slices[@]}"; do
    for triple in $(triples_of "$slice"); do
        [ -d "$(rustc --print target-libdir --target "$triple" 2>/dev/null)" ] || missing+=("Rust for $triple: rustup target add $triple")
    done
done
if [ ${#missing[@]} -gt 0 ]; then
    printf 'build-xcframework: missing:\n' >&2
    printf '  %s\n' "${missing[@]}" >&2
    exit 1
fi

. scripts/cross/mobile-flags.sh
# Line numbers for crash reports; they go to the dSYM, and the library is stripped.
export CARGO_PROFILE_MOBILE_STRIP=none CARGO_PROFILE_MOBILE_DEBUG=line-tables-only
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo build --workspace --locked
scripts/apple/generate.sh

# The library of one processor. The default pack needs no other features than picture files.
build() {
    RUSTFLAGS="${RUSTFLAGS-} $mobile_flags -C link-arg=-Wl,-install_name,@rpath/MienNative.framework/MienNative" \
        cargo rustc --profile mobile --locked -p mien-ffi --no-default-features --features pictures --lib \
        --crate-type cdylib --target "$1"
}

# Makes the framework and the dSYM of a slice.
slice() {
    local name=$1 folder="$work/$1" libraries=() triple
    for triple in $(triples_of "$name"); do
        build "$triple"
        libraries+=("$CARGO_TARGET_DIR/$triple/mobile/libmien_ffi.dylib")
    done
    mkdir -p "$folder"
    lipo -create "${libraries[@]}" -output "$folder/MienNative"
    dsymutil "$folder/MienNative" -o "$folder/MienNative.framework.dSYM"
    strip -x "$folder/MienNative"
    scripts/apple/framework.sh "$name" "$folder/MienNative" "$folder/MienNative.framework"
}
arguments=()
for name in "${slices[@]}"; do
    slice "$name"
    arguments+=(-framework "$work/$name/MienNative.framework" -debug-symbols "$work/$name/MienNative.framework.dSYM")
done

framework=ios/Frameworks/MienNative.xcframework
rm -rf ios/Frameworks
mkdir -p ios/Frameworks
xcodebuild -create-xcframework "${arguments[@]}" -output "$framework"
if [ -n "${MIEN_CODESIGN_IDENTITY:-}" ]; then
    codesign --timestamp --sign "$MIEN_CODESIGN_IDENTITY" "$framework"
    codesign --verify --verbose "$framework"
else
    echo "not signed: MIEN_CODESIGN_IDENTITY is not set"
fi
ditto -c -k --keepParent "$framework" "$framework.zip"

echo "frameworks:"
du -m "$work"/*/MienNative | awk -F/ '{ printf "  %d MB %s\n", $1, $(NF - 1) }'
echo "models: $(du -k ios/Sources/Mien/Resources/Models | cut -f1) KB"
echo "zip: $(du -m "$framework.zip" | cut -f1) MB"
echo "checksum: $(swift package --package-path ios compute-checksum "$framework.zip")"
