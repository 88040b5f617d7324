#!/usr/bin/env bash
# Builds the shipped library, stripped, without tract and with it, for phones (arm64-android, if
# scripts/android/symbols.sh can build it) and for this machine's processor, and prints all sizes; fails if one exceeds
# its limit.
# needs: for phones, the tools of scripts/android/symbols.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/cross/mobile-flags.sh
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/mien/target}"

failed=0
# check NAME MAX FILE
check() {
    local size
    size=$(wc -c <"$3")
    awk -v name="$1" -v size="$size" -v most="$2" \
        'BEGIN { printf "%-28s %6.2f MB, at most %.0f MB\n", name, size / 1e6, most / 1e6 }'
    [ "$size" -le "$2" ] || failed=1
}

# phone NAME MAX FEATURES
phone() {
    local library
    MIEN_FEATURES=$3 ANDROID_PROFILE=mobile scripts/android/symbols.sh
    library=${CROSS_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/mien/cross}/aarch64-linux-android/mobile/libmien_ffi.so.stripped
    check "arm64-android, $1" "$2" "$library"
}

# here NAME MAX FEATURES
here() {
    local library
    RUSTFLAGS="${RUSTFLAGS-} $mobile_flags" cargo build --locked --profile mobile -p mien-ffi --no-default-features --features "$3"
    library=$(compgen -G "$CARGO_TARGET_DIR/mobile/libmien_ffi.so" || compgen -G "$CARGO_TARGET_DIR/mobile/libmien_ffi.dylib")
    check "$(uname -m), $1" "$2" "$library"
}

kinds=(here)
if compgen -G '/usr/bin/clang*' >/dev/null && compgen -G '/usr/bin/ld.lld*' >/dev/null; then
    kinds=(phone here)
else
    echo "skipped: arm64-android (clang, lld and llvm are not installed)"
fi
for kind in "${kinds[@]}"; do
    "$kind" lean 2000000 ""
    "$kind" "with tract" 9000000 tract
done
exit $failed
