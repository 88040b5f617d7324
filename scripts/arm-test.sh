#!/usr/bin/env bash
# Runs the tests of the networks' and heads' loops, and the whole networks against their golden vectors, as
# AArch64 programs under QEMU: on a processor with the dot product and on one without.
# needs: what scripts/arm-toolchain.sh says
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/arm-toolchain.sh

# Loops that are written for a processor, those whose sums give the same bits on all, and whole networks.
tests=(nn::fast kernels:: math:: preprocess:: head:: networks_give)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for processor in max cortex-a53; do
    echo "== $processor"
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="$emulator -cpu $processor" \
        cross_cargo "$target" test "${arm_build[@]}" --lib -- "${tests[@]}" |
        tee -a "$log"
done
awk '/^test result:/ { passed += $4; failed += $6 }
     END { printf "test-arm: %d passed, %d failed: %d tests on two processors\n", passed, failed, (passed + failed) / 2; exit failed || !passed }' "$log"
