#!/usr/bin/env bash
# Generates the sources that call the native library, from the library that `cargo build --workspace` made.
# usage: bindings.sh kotlin|kotlin-jvm|swift FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
kind=$1 folder=$2
target=${CARGO_TARGET_DIR:-$PWD/target}
library="$target/debug/libmien_ffi.so"
[ -e "$library" ] || library="$target/debug/libmien_ffi.dylib"
[ -e "$library" ] || { echo "bindings: no native library in $target/debug: run cargo build --workspace first" >&2; exit 1; }
# Its own folder: its features would make the workspace compile anew.
CARGO_TARGET_DIR="$target/bindgen" cargo build --quiet --locked --manifest-path bindings/bindgen/Cargo.toml
options=(--language "${kind%-jvm}" --no-format --out-dir "$folder")
[ "$kind" != kotlin-jvm ] || options+=(--config bindings/uniffi-jvm.toml)
rm -rf "$folder"
mkdir -p "$folder"
"$target/bindgen/debug/mien-bindgen" generate "$library" "${options[@]}"
