#!/usr/bin/env bash
# Builds the Android packages: the native library for each ABI with cargo-ndk, and its checks; the bindings; the AARs and the
# sample with Gradle.
# usage: build.sh [a build type: release (default) or debug]
# MIEN_FEATURES: additional features of the native library; `pictures` (default) reads encoded pictures, `tract` runs
# networks with other operators than the default pack's. Empty for the smallest library.
set -euo pipefail
cd "$(dirname "$0")/../.."
kind=${1:-release}
jni=android/ffi/build/jniLibs

missing() {
    echo "android: $1" >&2
    exit 1
}
[ -n "${ANDROID_NDK_HOME:-}" ] && [ -d "$ANDROID_NDK_HOME" ] ||
    missing "no NDK: install one (Android Studio, SDK Manager, NDK r28 or later) and set ANDROID_NDK_HOME to its folder"
command -v cargo-ndk >/dev/null || missing "cargo-ndk is not installed: cargo install cargo-ndk --locked"
gradle=$(command -v gradle || true)
[ -z "$gradle" ] && missing "gradle is not installed (8.13 or later), or not in PATH"
for target in aarch64-linux-android armv7-linux-androideabi x86_64-linux-android; do
    [ -d "$(rustc --print target-libdir --target $target)" ] || missing "Rust's $target is missing: rustup target add $target"
done

profile=(--profile dev) mobile_flags=
if [ "$kind" != debug ]; then
    profile=(--profile mobile)
    . scripts/cross/mobile-flags.sh
fi
rm -rf "$jni"
# Segments aligned to 16 KB: newer devices load no other libraries.
RUSTFLAGS="${RUSTFLAGS-} $mobile_flags -C link-arg=-Wl,-z,max-page-size=16384" \
    cargo ndk --platform 24 -t arm64-v8a -t armeabi-v7a -t x86_64 -o "$jni" build --locked -p mien-ffi \
    --no-default-features --features "${MIEN_FEATURES-pictures}" "${profile[@]}"
binaries=$(echo "$ANDROID_NDK_HOME"/toolchains/llvm/prebuilt/*/bin)
for library in "$jni"/*/libmien_ffi.so; do
    "$binaries/llvm-strip" --strip-unneeded "$library"
    "$binaries/llvm-readelf" --program-headers --wide "$library" |
        awk '$1 == "LOAD" && $NF !~ /^0x(4000|10000)$/ { bad = 1 } END { exit bad }' ||
        missing "$library: a segment is not aligned to 16 KB"
    printf 'android: %s: %d bytes, segments at 16 KB\n' "${library#"$jni"/}" "$(wc -c <"$library")"
done

cargo build --workspace --locked
scripts/dev/bindings.sh kotlin android/ffi/build/generated/bindings
variant=$(echo "${kind:0:1}" | tr '[:lower:]' '[:upper:]')${kind:1}
"$gradle" --project-dir android {:ffi,:sdk,:camerax,:sample}":assemble$variant"
for package in android/{ffi,sdk,camerax}/build/outputs/aar/*-"$kind".aar android/sample/build/outputs/apk/"$kind"/*.apk; do
    echo "android: $package: $(wc -c <"$package") bytes"
    unzip -l "$package"
done
