#!/usr/bin/env bash
# Prints what handing in a frame costs in Swift, optimized.
# The library is there already: cargo build --workspace --locked
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/apple/swift-tools.sh
swift_tool run ios -c release HandOver
