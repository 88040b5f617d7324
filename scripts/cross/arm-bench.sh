#!/usr/bin/env bash
# Prints what a run of each network executes on AArch64 processors, by our executor and by others, counted under QEMU.
#   usage: arm-bench.sh [options of benches/arm/instructions.py]
# needs: the tools of scripts/cross/arm-toolchain.sh and scripts/cross/arm-python.sh, a C compiler, Python 3.11 or later
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/cross/arm-toolchain.sh
requirements=benches/against/network-requirements.txt
emulated=target/arm-python
# As what ships, but for fat LTO, which takes long to build and changes no kernel.
released=(--release --config profile.release.lto=false --config profile.release.codegen-units=16)
cross_cargo "$target" build --locked "${released[@]}" -p mien-cli --features tract --bin mien
scripts/cross/arm-python.sh "$emulated" "$requirements"
scripts/dev/python.sh "$requirements" benches/arm/instructions.py --mien "$CARGO_TARGET_DIR/$target/release/mien" \
    --python "$emulated" "$@"
