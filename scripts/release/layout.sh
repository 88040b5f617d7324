#!/usr/bin/env bash
# Writes the Swift package as a release has it, for "Add Package Dependencies" and `.package(url:)`: at the root of a
# repository of its own, with generated sources and models, without tests and programs, and with the compiled core by address
# and checksum. Everything else in the folder is removed, except `.git`.
#   usage: layout.sh FOLDER [ADDRESS CHECKSUM]
# ADDRESS: https address of MienNative.xcframework.zip. CHECKSUM: its SHA-256, which build-xcframework.sh prints. Without both
# the package builds on Linux only, where the library of this computer is linked.
# After build-xcframework.sh or generate.sh.
set -euo pipefail
usage() { sed -n '2,8s/^# *//p' "$0" >&2 && exit 2; }
[ $# = 1 ] || [ $# = 3 ] || usage
mkdir -p "$1"
folder=$(cd "$1" && pwd) address=${2-} checksum=${3-}
cd "$(dirname "$0")/../.."
for generated in Sources/MienFFI/MienFFI.swift Sources/MienNative/MienNative.h Sources/Mien/Resources/Models/manifest.json; do
    [ -e "ios/$generated" ] || { echo "layout: ios/$generated is missing: run build-xcframework.sh first" >&2 && exit 1; }
done
if [ $# = 3 ] && [[ ! "$address" =~ ^https://[^\"\\\ ]+\.zip$ || ! "$checksum" =~ ^[0-9a-f]{64}$ ]]; then
    echo "layout: expected an https address of a .zip and a SHA-256 in hexadecimal" >&2
    exit 2
fi
# A folder with other things is not emptied by mistake.
if [ -n "$(ls -A "$folder")" ] && [ ! -e "$folder/.git" ] && [ ! -e "$folder/Package.swift" ]; then
    echo "layout: $folder is not empty, and no release" >&2
    exit 1
fi
find "$folder" -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {} +

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
repository=$(sed -n 's/^repository = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
mkdir "$folder/Sources"
cp -R ios/Sources/{Mien,MienFFI,MienNative} "$folder/Sources/"
cp ios/.spi.yml LICENSE-APACHE LICENSE-MIT THIRD_PARTY.md "$folder/"
scripts/release/notices.py "$folder/NOTICES.txt" aarch64-apple-ios aarch64-apple-darwin >/dev/null
released='(url: String?, checksum: String?) = '
[ $# = 3 ] && released+="(\"$address\", \"$checksum\")" || released+='(nil, nil)'
sed -e '/^\/\/ Development:/,$d' -e "s|^let released: .*|let released: $released|" ios/Package.swift |
    sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$folder/Package.swift"
grep -Fq "$released" "$folder/Package.swift" || { echo "layout: Package.swift has no line for the binary" >&2 && exit 1; }
if grep -Eq 'executableTarget|testTarget' "$folder/Package.swift"; then
    echo "layout: Package.swift has programs or tests" >&2
    exit 1
fi
cat >"$folder/README.md" <<END
# Mien for iOS and macOS

The Swift package of [Mien]($repository), version $version: recognizes facial emotion on the device, offline, and learns each
user's own face and voice. This repository holds releases, written by \`scripts/release/layout.sh\`; development, documentation
and issues are [there]($repository). Begin with the [guide for iOS]($repository/blob/v$version/docs/guides/ios.md).

MIT or Apache-2.0, at your option; \`THIRD_PARTY.md\` and \`NOTICES.txt\` name what others made.
END
echo "wrote Mien $version to $folder: commit it, and tag it $version"
