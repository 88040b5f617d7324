#!/usr/bin/env bash
# Links mien-ffi for aarch64-linux-android without an NDK, against empty libraries, and checks the result: bionic, liblog
# or libjnigraphics exports every required symbol (scripts/android/symbols.txt), the entry points exist, and segments are
# aligned to 16 KB. The linked library is only for this check and is never shipped.
# needs: clang, lld, llvm and what scripts/cross/toolchain.sh says
# ANDROID_PROFILE=mobile measures the library as it ships (a long build); the default is dev.
# MIEN_FEATURES: as in scripts/android/build.sh, but none by default.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/cross/toolchain.sh
target=aarch64-linux-android
profile=${ANDROID_PROFILE:-dev}
stubs="$cache/android-stubs"
clang=$(llvm_tool clang) nm=$(llvm_tool llvm-nm) readelf=$(llvm_tool llvm-readelf) strip=$(llvm_tool llvm-strip)
llvm_tool ld.lld >/dev/null

mkdir -p "$stubs"
for library in c m dl log jnigraphics unwind gcc; do
    [ -e "$stubs/lib$library.so" ] || echo | "$clang" --target=${target}24 -fuse-ld=lld -shared -nostdlib -x c - \
        -Wl,-soname,lib$library.so -o "$stubs/lib$library.so"
done
cat >"$stubs/linker" <<END
#!/usr/bin/env bash
exec "$clang" --target=${target}24 -fuse-ld=lld -nostdlib -nostartfiles -L"$stubs" -Wl,--unresolved-symbols=ignore-all \\
    -Wl,-z,max-page-size=16384 "\$@" -Wl,--no-as-needed -lc -lm -ldl -llog -ljnigraphics
END
chmod +x "$stubs/linker"
mobile_flags=
[ "$profile" != mobile ] || . scripts/cross/mobile-flags.sh
RUSTFLAGS="${RUSTFLAGS-} $mobile_flags" CARGO_TARGET_AARCH64_LINUX_ANDROID_LINKER="$stubs/linker" cross_cargo $target rustc \
    --locked -p mien-ffi --lib --crate-type cdylib --profile "$profile" --no-default-features --features "${MIEN_FEATURES-}"

library="$CARGO_TARGET_DIR/$target/${profile/#dev/debug}/libmien_ffi.so"
export LC_ALL=C
wanted=$("$nm" --dynamic --undefined-only --format=posix "$library" | awk '$2 == "U" { sub(/@.*/, "", $1); print $1 }' | sort -u)
unknown=$(comm -23 <(echo "$wanted") <(grep -v '^#' scripts/android/symbols.txt | sort -u))
if [ -n "$unknown" ]; then
    echo "android-symbols: Android does not export these symbols:" $unknown >&2
    exit 1
fi
defined=$("$nm" --dynamic --defined-only --format=just-symbols "$library")
for entry in JNI_OnLoad Java_io_mien_internal_FrameBridge_{planes,receive,again} Java_io_mien_internal_BitmapBridge_bitmap; do
    grep -qx "$entry" <<<"$defined" || {
        echo "android-symbols: the entry point $entry is missing" >&2
        exit 1
    }
done
"$readelf" --program-headers --wide "$library" | awk '$1 == "LOAD" && $NF != "0x4000" { bad = 1 } END { exit bad }' || {
    echo "android-symbols: a segment is not aligned to 16 KB" >&2
    exit 1
}
"$strip" --strip-unneeded -o "$library.stripped" "$library"
printf 'android-symbols: %d symbols of the system, all of Android; %d entry points of the frame path; 16 KB segments; %d bytes stripped (%s)\n' \
    "$(echo "$wanted" | wc -l)" 5 "$(stat -c %s "$library.stripped")" "$profile"
