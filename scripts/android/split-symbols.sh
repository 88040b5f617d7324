#!/usr/bin/env bash
# Strips FOLDER/jniLibs/ABI/libmien_ffi.so and keeps the libraries with symbols in FOLDER/symbols.zip, a folder for each ABI:
# the format of the Play Console, `ndk-stack` and the crash services.
#   usage: split-symbols.sh FOLDER-OF-LLVM-PROGRAMS FOLDER
set -euo pipefail
[ $# = 2 ] || { sed -n '2,4s/^# *//p' "$0" >&2 && exit 2; }
binaries=$1 folder=$(cd "$2" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for library in "$folder"/jniLibs/*/libmien_ffi.so; do
    abi=$(basename "$(dirname "$library")")
    mkdir "$work/$abi"
    cp "$library" "$work/$abi/"
    "$binaries/llvm-strip" --strip-unneeded "$library"
    # Without the same build id, no tool finds the symbols of a crash.
    for file in "$library" "$work/$abi/libmien_ffi.so"; do
        "$binaries/llvm-readelf" --notes "$file" | sed -n 's/.*Build ID: *//p'
    done | uniq | wc -l | grep -qx ' *1' || { echo "split-symbols: $abi: no build id" >&2 && exit 1; }
done
rm -f "$folder/symbols.zip"
(cd "$work" && zip -q -X -r "$folder/symbols.zip" .)
echo "android: symbols of $(echo "$work"/*/ | wc -w) ABIs: $(wc -c <"$folder/symbols.zip") bytes in symbols.zip"
