#!/usr/bin/env bash
# Generates the language bindings from the native library that `cargo build --workspace` built.
# usage: bindings.sh kotlin|kotlin-jvm|swift FOLDER
set -euo pipefail
cd "$(dirname "$0")/../.."
kind=$1 folder=$2
target=${CARGO_TARGET_DIR:-$PWD/target}
library="$target/debug/libmien_ffi.so"
[ -e "$library" ] || library="$target/debug/libmien_ffi.dylib"
[ -e "$library" ] || { echo "bindings: no native library in $target/debug: run cargo build --workspace first" >&2; exit 1; }
# A separate target folder: the generator's features would otherwise rebuild the workspace.
CARGO_TARGET_DIR="$target/bindgen" cargo build --quiet --locked --manifest-path bindings/bindgen/Cargo.toml
config=()
[ "$kind" != kotlin-jvm ] || config=(bindings/uniffi-jvm.toml)
rm -rf "$folder"
mkdir -p "$folder"
"$target/bindgen/debug/mien-bindgen" "$library" "${kind%-jvm}" "$folder" ${config[@]+"${config[@]}"}
