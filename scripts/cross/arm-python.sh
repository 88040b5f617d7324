#!/usr/bin/env bash
# Makes a folder with Python for AArch64 that runs under QEMU without a chroot: FOLDER/root has Debian's packages, FOLDER/site
# the packages of a requirements file in the versions for AArch64.   usage: arm-python.sh FOLDER REQUIREMENTS
# A folder that is complete is left as it is.
# needs: Debian's debootstrap (installed automatically) and root; 0.2 GB to fetch, 0.6 GB on disk
set -euo pipefail
folder=$1 requirements=$2
suite=bookworm python=3.11
. "$(dirname "$0")/../debian/mirror.sh"

key=$(cat "$0" "$requirements" | sha256sum)
[ "$(cat "$folder/complete" 2>/dev/null)" != "$key" ] || exit 0
if [ "$(id -u)" != 0 ]; then
    echo "arm-python: debootstrap needs root" >&2
    exit 1
fi
if ! command -v debootstrap >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
fi
archive=$(debian_mirror) || {
    echo "arm-python: apt names no Debian archive" >&2
    exit 1
}

echo "arm-python: making Python for AArch64 in $folder (0.2 GB to fetch)" >&2
rm -rf --one-file-system "$folder"
mkdir -p "$folder"
root="$folder/root"
# Unpacked only: nothing in it needs to be configured, or to run as root.
debootstrap --arch=arm64 --foreign --variant=minbase --include=python3,libpython3-stdlib,libstdc++6,libgomp1 \
    "$suite" "$root" "$archive" >"$folder/debootstrap.log"
for package in "$root"/var/cache/apt/archives/*.deb; do dpkg-deb -x "$package" "$root"; done
rm -rf "$root/var/cache/apt" "$root/debootstrap"

platforms=()
for glibc in 2_28 2_27 2_17; do platforms+=(--platform "manylinux_${glibc}_aarch64"); done
"$(dirname "$0")/../dev/python.sh" "$requirements" -m pip install -q --disable-pip-version-check --root-user-action=ignore --no-deps \
    --only-binary=:all: --implementation cp --python-version "$python" "${platforms[@]}" --platform manylinux2014_aarch64 \
    --target "$folder/site" -r "$requirements"
echo "$key" >"$folder/complete"
