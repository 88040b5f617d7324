# Sourced by scripts that run AArch64 programs under QEMU: cross_cargo (scripts/cross/toolchain.sh) builds for $target, and
# `$emulator -cpu PROCESSOR PROGRAM` runs the program.
# needs: Debian's gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user (installed automatically if run as root)
. scripts/cross/toolchain.sh
target=aarch64-unknown-linux-gnu
emulator="qemu-aarch64 -L /usr/aarch64-linux-gnu"

packages=()
command -v aarch64-linux-gnu-gcc >/dev/null || packages+=(gcc-aarch64-linux-gnu)
[ -e /usr/aarch64-linux-gnu/include/stdio.h ] || packages+=(libc6-dev-arm64-cross)
command -v qemu-aarch64 >/dev/null || packages+=(qemu-user)
if [ ${#packages[@]} -gt 0 ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "${0##*/}: not installed: ${packages[*]}" >&2
        exit 1
    fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi
