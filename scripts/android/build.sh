#!/usr/bin/env bash
# Builds the Android packages: the native library for each ABI with cargo-ndk, and its checks; the bindings; the AARs and the
# sample with Gradle. Keeps the symbols of the native libraries in android/ffi/generated/symbols.zip.
# usage: build.sh [a build type: release (default) or debug]
# MIEN_FEATURES: additional features of the native library; `pictures` (default) reads encoded pictures, `tract` runs
# networks with other operators than the default pack's. Empty for the smallest library.
set -euo pipefail
cd "$(dirname "$0")/../.."
kind=${1:-release}
case "$kind" in release | debug) ;; *) sed -n '2,6s/^# *//p' "$0" >&2 && exit 2 ;; esac
generated=android/ffi/generated
jni=$generated/jniLibs
targets=(aarch64-linux-android armv7-linux-androideabi x86_64-linux-android)

fail() {
    echo "android: $1" >&2
    exit 1
}

# All that is missing is listed at once.
missing=()
ndk=${ANDROID_NDK_HOME:-}
[ -n "$ndk" ] && [ -d "$ndk" ] ||
    missing+=("the NDK, r28 or later (Android Studio, SDK Manager): set ANDROID_NDK_HOME to its folder")
sdk=${ANDROID_HOME:-${ANDROID_SDK_ROOT:-}}
[ -n "$sdk" ] && [ -d "$sdk" ] || [ -e android/local.properties ] ||
    missing+=("the Android SDK, platform 36: set ANDROID_HOME to its folder")
command -v cargo >/dev/null || missing+=("cargo: Rust by rustup")
command -v cargo-ndk >/dev/null || missing+=("cargo-ndk: cargo install cargo-ndk --locked")
for tool in python3 unzip zip; do command -v $tool >/dev/null || missing+=("$tool"); done
java=$({ java -version 2>&1 || true; } | sed -n 's/.*version "\([0-9]*\).*/\1/p')
[ "${java:-0}" -ge 17 ] || missing+=("a JDK, 17 or later (found: ${java:-none}); Gradle itself comes by android/gradlew")
for target in "${targets[@]}"; do
    [ -d "$(rustc --print target-libdir --target "$target" 2>/dev/null)" ] || missing+=("Rust for $target: rustup target add $target")
done
if [ ${#missing[@]} -gt 0 ]; then
    printf 'android: missing:\n' >&2
    printf '  %s\n' "${missing[@]}" >&2
    exit 1
fi

profile=(--profile dev) mobile_flags=
if [ "$kind" != debug ]; then
    profile=(--profile mobile)
    . scripts/cross/mobile-flags.sh
    # The symbols are kept beside the packages, which have stripped libraries.
    export CARGO_PROFILE_MOBILE_STRIP=none CARGO_PROFILE_MOBILE_DEBUG=line-tables-only
fi
rm -rf "$generated"
# Segments aligned to 16 KB: newer devices load no other libraries. The build id leads from a crash to its symbols.
RUSTFLAGS="${RUSTFLAGS-} $mobile_flags -C link-arg=-Wl,-z,max-page-size=16384 -C link-arg=-Wl,--build-id=sha1" \
    cargo ndk --platform 24 -t arm64-v8a -t armeabi-v7a -t x86_64 -o "$jni" build --locked -p mien-ffi \
    --no-default-features --features "${MIEN_FEATURES-pictures}" "${profile[@]}"
binaries=$(echo "$ndk"/toolchains/llvm/prebuilt/*/bin)
scripts/android/split-symbols.sh "$binaries" "$generated"
for library in "$jni"/*/libmien_ffi.so; do
    "$binaries/llvm-readelf" --program-headers --wide "$library" |
        awk '$1 == "LOAD" && $NF !~ /^0x(4000|10000)$/ { bad = 1 } END { exit bad }' ||
        fail "$library: a segment is not aligned to 16 KB"
    printf 'android: %s: %d bytes, segments at 16 KB\n' "${library#"$jni"/}" "$(wc -c <"$library")"
done

cargo build --workspace --locked
scripts/dev/bindings.sh kotlin "$generated/kotlin"
scripts/release/notices.py "$generated/notices/NOTICES.txt" --features "${MIEN_FEATURES-pictures}" "${targets[@]}"
variant=$(echo "${kind:0:1}" | tr '[:lower:]' '[:upper:]')${kind:1}
android/gradlew --project-dir android {:mien-ffi,:mien,:mien-camerax,:mien-compose,:mien-work,:mien-java,:sample}":assemble$variant"
for package in android/{ffi,sdk,camerax,compose,work,java}/build/outputs/aar/*-"$kind".aar android/sample/build/outputs/apk/"$kind"/*.apk; do
    echo "android: $package: $(wc -c <"$package") bytes"
    unzip -l "$package"
done
