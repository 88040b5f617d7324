#!/usr/bin/env bash
# Prints the number of AArch64 instructions of a run of each network, by our executor and by tract, counted by QEMU.
#   usage: arm-bench.sh [options of tests/reference/instructions.py]
# needs: the tools of scripts/arm-toolchain.sh, a C compiler, Python 3.11 or later
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/arm-toolchain.sh
cross_cargo "$target" build "${arm_build[@]}" --bin mien
python3 tests/reference/instructions.py --mien "$CARGO_TARGET_DIR/$target/debug/mien" "$@"
