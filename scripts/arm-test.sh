#!/usr/bin/env bash
# Runs core's tests of the networks' loops as AArch64 programs under QEMU: on a processor with the
# dot product and on one without. The lean library is tested, which has all of these loops. The
# standard library is built from source where rustup has not installed it.
# needs: Debian's gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user-static (installed where
# this runs as root), and for a missing standard library apt-get and dpkg-deb
set -euo pipefail
cd "$(dirname "$0")/.."
cache="${XDG_CACHE_HOME:-$HOME/.cache}/mien"
target=aarch64-unknown-linux-gnu
export CARGO_TARGET_DIR="$cache/arm"
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
export CC_aarch64_unknown_linux_gnu=aarch64-linux-gnu-gcc

packages=()
command -v aarch64-linux-gnu-gcc >/dev/null || packages+=(gcc-aarch64-linux-gnu)
[ -e /usr/aarch64-linux-gnu/include/stdio.h ] || packages+=(libc6-dev-arm64-cross)
command -v qemu-aarch64-static >/dev/null || packages+=(qemu-user-static)
if [ ${#packages[@]} -gt 0 ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "test-arm: not installed: ${packages[*]}" >&2
        exit 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

cargo=(cargo)
if [ ! -d "$(rustc --print target-libdir --target "$target")" ]; then
    copy="$cache/toolchain-$(rustc -V | cut -d' ' -f2)"
    [ -e "$copy/lib/rustlib/src/rust/library/Cargo.lock" ] || scripts/rust-source.sh "$copy" >&2
    export RUSTC="$copy/bin/rustc" RUSTC_BOOTSTRAP=1
    cargo=("$copy/bin/cargo" -Zbuild-std=std,panic_abort)
fi

for processor in max cortex-a53; do
    echo "== $processor"
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64-static -L /usr/aarch64-linux-gnu -cpu $processor"
    "${cargo[@]}" test --locked -p mien-core --no-default-features --lib --target "$target" -- nn::fast
done
