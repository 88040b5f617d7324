#!/usr/bin/env bash
# Checks that mien-core compiles for AArch64 Android and iOS, without features and with tract: types,
# target-specific code and tract's assembly. Links nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/cross/toolchain.sh

for target in aarch64-linux-android aarch64-apple-ios; do
    for features in --no-default-features --all-features; do
        echo "== $target $features"
        cross_cargo "$target" check --locked -p mien-core "$features"
    done
done
echo "cross: both targets compile"
