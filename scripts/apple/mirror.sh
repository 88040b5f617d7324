#!/usr/bin/env bash
# Writes the release mirror: the package at the root of a repository, as Xcode's "Add Package" requires, with its
# generated sources and models, and the address and checksum of the binary.
#   usage: mirror.sh ADDRESS CHECKSUM FOLDER      (after build-xcframework.sh or generate.sh)
set -euo pipefail
[ $# = 3 ] || {
    sed -n '2,4s/^# *//p' "$0" >&2
    exit 2
}
mkdir -p "$3"
address=$1 checksum=$2 folder=$(cd "$3" && pwd)
cd "$(dirname "$0")/../../ios"
for generated in Sources/MienFFI/MienFFI.swift Sources/Mien/Resources/Models/manifest.json; do
    [ -e "$generated" ] || {
        echo "mirror: $generated is missing: run build-xcframework.sh first" >&2
        exit 1
    }
done
if [[ ! "$address" =~ ^https://[^\"\\]+\.zip$ || ! "$checksum" =~ ^[0-9a-f]{64}$ ]]; then
    echo "mirror: expected an https address of a .zip and a SHA-256 in hexadecimal" >&2
    exit 2
fi

mkdir -p "$folder/docs"
cp -R Sources Tests Benchmarks Sample ../LICENSE-APACHE ../LICENSE-MIT ../THIRD_PARTY.md "$folder/"
rm -rf "$folder/Sources/DocBlocks"
# The documents that the README links to.
{ grep -o '](\.\./docs/[^)#]*' README.md || true; } | sed 's|^](\.\./||' | sort -u | while IFS= read -r document; do
    mkdir -p "$folder/$(dirname "$document")"
    cp "../$document" "$folder/$document"
done
sed 's|](../docs/|](docs/|' README.md >"$folder/README.md"
sed "s|^let released: .*|let released: (url: String?, checksum: String?) = (\"$address\", \"$checksum\")|" \
    Package.swift >"$folder/Package.swift"
grep -q "$checksum" "$folder/Package.swift" || {
    echo "mirror: Package.swift has no line for the binary" >&2
    exit 1
}
echo "wrote the mirror to $folder: commit it and tag it with the version"
