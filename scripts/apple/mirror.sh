#!/usr/bin/env bash
# Lays out the release mirror: the package at a repository's root, as Xcode's "Add Package" needs
# it, with its generated sources and models, and the binary by address and checksum.
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
    echo "mirror: an https address of a .zip and a SHA-256 in hexadecimal are expected" >&2
    exit 2
fi

mkdir -p "$folder/docs"
cp -R Sources Tests Benchmarks Sample ../LICENSE-APACHE ../LICENSE-MIT ../THIRD_PARTY.md "$folder/"
cp ../docs/API.md "$folder/docs/"
sed 's|](../docs/|](docs/|' README.md >"$folder/README.md"
sed "s|^let released: .*|let released: (url: String?, checksum: String?) = (\"$address\", \"$checksum\")|" \
    Package.swift >"$folder/Package.swift"
grep -q "$checksum" "$folder/Package.swift" || {
    echo "mirror: Package.swift has no line for the binary" >&2
    exit 1
}
echo "the mirror lies in $folder: commit it and tag it with the version"
