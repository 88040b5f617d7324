#!/usr/bin/env bash
# Lays out a framework around a library: headers, module map, Info.plist, privacy manifest and licenses. On the Mac, and for
# Catalyst, in versions, as the system requires there.
#   usage: framework.sh SLICE LIBRARY FOLDER.framework      (after scripts/apple/generate.sh)
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/apple/slices.sh
[ $# = 3 ] && platform=$(platform_of "$1") || { sed -n '2,4s/^# *//p' "$0" >&2 && exit 2; }
slice=$1 library=$2 framework=$3
read -r system minimum <<<"$platform"
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
content=$framework resources=$framework
rm -rf "$framework"
case "$slice" in
    macos | catalyst) content=$framework/Versions/A resources=$framework/Versions/A/Resources ;;
esac
mkdir -p "$content/Headers" "$content/Modules" "$resources"
cp "$library" "$content/MienNative"
cp ios/Sources/MienNative/MienNative.h "$content/Headers/"
printf 'framework module MienNative {\n    header "MienNative.h"\n    export *\n}\n' >"$content/Modules/module.modulemap"
cp ios/Sources/Mien/Resources/PrivacyInfo.xcprivacy "$resources/"
mkdir -p "$resources/Licenses"
cp LICENSE-APACHE LICENSE-MIT THIRD_PARTY.md "$resources/Licenses/"
scripts/release/notices.py "$resources/Licenses/NOTICES.txt" $(triples_of "$slice") >/dev/null
# The system reads another key for the first version on a Mac.
key=MinimumOSVersion
[ "$system" = MacOSX ] && key=LSMinimumSystemVersion
cat >"$resources/Info.plist" <<END
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>CFBundleDevelopmentRegion</key><string>en</string>
	<key>CFBundleExecutable</key><string>MienNative</string>
	<key>CFBundleIdentifier</key><string>io.mien.MienNative</string>
	<key>CFBundleInfoDictionaryVersion</key><string>6.0</string>
	<key>CFBundleName</key><string>MienNative</string>
	<key>CFBundlePackageType</key><string>FMWK</string>
	<key>CFBundleShortVersionString</key><string>$version</string>
	<key>CFBundleSupportedPlatforms</key><array><string>$system</string></array>
	<key>CFBundleVersion</key><string>$version</string>
	<key>$key</key><string>$minimum</string>
</dict>
</plist>
END
if [ "$content" != "$framework" ]; then
    ln -s A "$framework/Versions/Current"
    for entry in MienNative Headers Modules Resources; do ln -s "Versions/Current/$entry" "$framework/$entry"; done
fi
