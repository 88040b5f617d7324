#!/usr/bin/env bash
# Checks that mien-core compiles for AArch64 Android and iOS, lean and with tract: types,
# target-specific code and tract's assembly. The standard library of targets that rustup has not installed is built from
# source (Debian's rust-src of this compiler's version). Nothing is linked.
# needs: clang, llvm, and for missing targets a Debian system with apt-get and dpkg-deb
set -euo pipefail
cd "$(dirname "$0")/.."
cache="${XDG_CACHE_HOME:-$HOME/.cache}/mien"
export CARGO_TARGET_DIR="$cache/cross"
export CARGO_PROFILE_DEV_DEBUG=0

for tool in clang llvm-ar; do
    command -v "$tool" >/dev/null || ls /usr/bin/"$tool"-* >/dev/null 2>&1 || {
        echo "cross: $tool is not installed (packages clang and llvm)" >&2
        exit 1
    }
done
archiver=$(command -v llvm-ar || ls /usr/bin/llvm-ar-* | head -n 1)

toolchain() {
    local target=$1 libraries
    libraries=$(rustc --print target-libdir --target "$target")
    if [ -d "$libraries" ]; then
        echo cargo
        return
    fi
    local copy="$cache/toolchain-$(rustc -V | cut -d' ' -f2)"
    [ -e "$copy/lib/rustlib/src/rust/library/Cargo.lock" ] || scripts/rust-source.sh "$copy" >&2
    echo "$copy/bin/cargo"
}

check() {
    local target=$1 cargo features
    shift
    cargo=$(toolchain "$target")
    local key=${target//-/_}
    export "CC_$key=clang" "AR_$key=$archiver"
    echo "== $target"
    for features in --no-default-features --all-features; do
        if [ "$cargo" = cargo ]; then
            "$@" cargo check --locked -p mien-core "$features" --target "$target"
        else
            "$@" RUSTC="${cargo%cargo}rustc" RUSTC_BOOTSTRAP=1 "$cargo" -Zbuild-std=std,panic_abort \
                check --locked -p mien-core "$features" --target "$target"
        fi
    done
}

mkdir -p "$cache/iPhoneOS.sdk"
check aarch64-linux-android env CFLAGS_aarch64_linux_android=--target=aarch64-linux-android24
check aarch64-apple-ios env SDKROOT="$cache/iPhoneOS.sdk" IPHONEOS_DEPLOYMENT_TARGET=15.0
echo "cross: both targets compile"
