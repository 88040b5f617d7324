#!/usr/bin/env bash
# Runs the tests of the networks' and heads' kernels, and of whole networks against their golden vectors, as
# AArch64 programs under QEMU: on a processor with products of matrices (i8mm), on one with the dot product, and on one with
# neither.
# needs: the tools of scripts/cross/arm-toolchain.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/cross/arm-toolchain.sh

# Always with one integration test: cargo would rebuild shared crates for another combination of features.
packages=(--locked -p mien-nn -p mien-core -p mien-cli -p mien-tests --test golden_networks --test half)
# Kernels for one instruction set, kernels with the same bits on all processors, and whole networks.
tests=(fast:: simd:: math:: preprocess:: head:: networks_give vectors_of_f16)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for processor in max cortex-a76 cortex-a53; do
    echo "== $processor"
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="$emulator -cpu $processor" \
        cross_cargo "$target" test "${packages[@]}" --lib -- "${tests[@]}" |
        tee -a "$log"
done
awk '/^test result:/ { passed += $4; failed += $6 }
     END { printf "test-arm: %d passed, %d failed: %d tests on three processors\n", passed, failed, (passed + failed) / 3; exit failed || !passed }' "$log"
