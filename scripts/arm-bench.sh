#!/usr/bin/env bash
# Prints how many AArch64 instructions a run of each network takes, ours and tract's, counted by QEMU.
#   usage: arm-bench.sh [options of tests/reference/instructions.py]
# needs: what scripts/arm-toolchain.sh says, a C compiler, Python 3.11 or later
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/arm-toolchain.sh
cross_cargo "$target" build "${arm_build[@]}" --bin mien
python3 tests/reference/instructions.py --mien "$CARGO_TARGET_DIR/$target/debug/mien" "$@"
