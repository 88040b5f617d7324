#!/usr/bin/env bash
# Generates the parts of the package that are not hand-written: the Swift that calls the core, its C header and module
# map, and the models.
# The native library is already built: cargo build --workspace --locked
set -euo pipefail
cd "$(dirname "$0")/../.."
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/mien/target}
package=$PWD/ios
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
scripts/dev/bindings.sh swift "$work"
printf 'module MienNative {\n    header "MienNative.h"\n    export *\n}\n' >"$work/module.modulemap"

# An unchanged file keeps its date, so that it is not compiled again.
place() {
    mkdir -p "$2"
    cmp -s "$1" "$2/$(basename "$1")" || cp "$1" "$2/"
}
place "$work/MienFFI.swift" "$package/Sources/MienFFI"
place "$work/MienNative.h" "$package/Sources/MienNative"
place "$work/module.modulemap" "$package/Sources/MienNative"
for model in models/manifest.json models/*.onnx; do
    place "$model" "$package/Sources/Mien/Resources/Models"
done
