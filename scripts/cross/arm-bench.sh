#!/usr/bin/env bash
# Prints the number of AArch64 instructions of a run of each network, by our executor and by tract, counted by QEMU.
#   usage: arm-bench.sh [options of benches/arm/instructions.py]
# needs: the tools of scripts/cross/arm-toolchain.sh, a C compiler, Python 3.11 or later
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/cross/arm-toolchain.sh
# As what ships, without checks of overflow.
checks=(--config profile.dev.package.mien-nn.overflow-checks=false --config profile.dev.package.mien-core.overflow-checks=false)
cross_cargo "$target" build "${checks[@]}" "${arm_build[@]}" --features mien-cli/tract --bin mien
python3 benches/arm/instructions.py --mien "$CARGO_TARGET_DIR/$target/debug/mien" "$@"
