#!/usr/bin/env bash
# Checks the frameworks that build-xcframework.sh lays out (scripts/apple/framework.sh), with the library of this computer in
# place of Apple's: Info.plist and privacy manifest are valid, the layout is what each system requires, and a compiler for
# that system finds the functions by `@import MienNative`.
# The native library is already built: cargo build --workspace --locked
# needs: Swift 6 (scripts/debian/swift.sh), Python 3; without a tool this fails if CI=true and is skipped with one line
# otherwise
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/dev/need.sh
. scripts/apple/swift-tools.sh
. scripts/apple/slices.sh
need test-frameworks python3
work=$target/swift-frameworks
rm -rf "$work"
mkdir -p "$work"
clang=$(with_swift sh -c 'command -v clang || ls /usr/libexec/swift/bin/clang' 2>/dev/null || true)
[ -n "$clang" ] || missing test-frameworks "not installed: clang"
library=$(compgen -G "$target/debug/libmien_ffi.so" || compgen -G "$target/debug/libmien_ffi.dylib")
printf '@import MienNative;\nunsigned version(void) { return ffi_mien_ffi_uniffi_contract_version(); }\n' >"$work/main.m"

# Prints clang's name of the system of a slice.
system_of() {
    case "$1" in
        ios) echo arm64-apple-ios16.0 ;;
        simulator) echo arm64-apple-ios16.0-simulator ;;
        macos) echo arm64-apple-macos13.0 ;;
        catalyst) echo arm64-apple-ios16.0-macabi ;;
        visionos) echo arm64-apple-xros1.0 ;;
        visionos-simulator) echo arm64-apple-xros1.0-simulator ;;
    esac
}

for slice in "${all_slices[@]}"; do
    scripts/apple/framework.sh "$slice" "$library" "$work/$slice/MienNative.framework"
    python3 - "$slice" "$work/$slice/MienNative.framework" <<'END'
import plistlib, sys
from pathlib import Path
slice, framework = sys.argv[1], Path(sys.argv[2])
mac = slice in ("macos", "catalyst")
content = framework / "Versions/A" if mac else framework
resources = content / "Resources" if mac else content
info = plistlib.loads((resources / "Info.plist").read_bytes())
assert info["CFBundlePackageType"] == "FMWK" and (content / info["CFBundleExecutable"]).is_file(), info
assert ("LSMinimumSystemVersion" if mac else "MinimumOSVersion") in info, info
privacy = plistlib.loads((resources / "PrivacyInfo.xcprivacy").read_bytes())
assert privacy["NSPrivacyTracking"] is False and privacy["NSPrivacyAccessedAPITypes"], privacy
for name in ("LICENSE-APACHE", "LICENSE-MIT", "THIRD_PARTY.md", "NOTICES.txt"):
    assert (resources / "Licenses" / name).stat().st_size > 0, name
if mac:
    assert (framework / "Versions/Current").readlink() == Path("A")
    assert all((framework / name).is_symlink() for name in ("MienNative", "Headers", "Modules", "Resources"))
END
    # Freestanding, because there is no Apple SDK here.
    with_swift "$clang" -target "$(system_of "$slice")" -ffreestanding -fmodules "-fmodules-cache-path=$work/cache" \
        -F "$work/$slice" -Werror -Wno-incomplete-umbrella -fsyntax-only "$work/main.m"
done
echo "test-frameworks: ${#all_slices[@]} slices: $(IFS=,; echo "${all_slices[*]}")"
