#!/usr/bin/env bash
# Builds the library that applications ship, stripped, without tract and with it, and prints both
# sizes; fails where one is above its limit. The sizes are those of this machine's processor.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/mien/target}"

failed=0
library() {
    local name=$1 most=$2 file size
    shift 2
    cargo build --locked --profile mobile -p mien-ffi --no-default-features "$@"
    file=$(compgen -G "$CARGO_TARGET_DIR/mobile/libmien_ffi.so" || compgen -G "$CARGO_TARGET_DIR/mobile/libmien_ffi.dylib")
    size=$(wc -c <"$file")
    awk -v name="$name" -v size="$size" -v most="$most" \
        'BEGIN { printf "%-14s %6.2f MB, at most %.0f MB\n", name, size / 1e6, most / 1e6 }'
    [ "$size" -le "$most" ] || failed=1
}

library lean 2000000
library "with tract" 9000000 --features tract
exit $failed
