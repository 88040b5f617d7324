#!/usr/bin/env bash
# Prints the cost of submitting a frame in Swift, optimized.
# The native library is already built: cargo build --workspace --locked
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/apple/swift-tools.sh
swift_tool run ios -c release HandOver
