#!/usr/bin/env bash
# Builds the static libraries of mien-ffi for the iPhone and its simulator and checks what they
# ask of the system against a list, so that an application's link never fails on a symbol that no
# Apple library has, and nobody adds a system call unseen. No Xcode is needed, and nothing of this
# is shipped: it is compiled without optimisation.
#   usage: apple-symbols.sh [--write]     (--write: make the list anew)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/cross-toolchain.sh
allowed=scripts/apple-symbols.txt
symbols=$(llvm_tool llvm-nm)
quick=(--config 'profile.dev.opt-level=0' --config 'profile.dev.incremental=false')
for package in '"*"' mien-core; do
    quick+=(--config "profile.dev.package.$package.opt-level=0")
done

# What the archive uses and does not hold itself.
needed() {
    comm -23 <("$symbols" --undefined-only --format=just-symbols "$1" 2>/dev/null | grep '^_' | sort -u) \
        <("$symbols" --defined-only --format=just-symbols "$1" 2>/dev/null | grep '^_' | sort -u)
}

found=$(mktemp)
trap 'rm -f "$found"' EXIT
for target in aarch64-apple-ios aarch64-apple-ios-sim; do
    echo "== $target"
    # The features of what ships (ios/build-xcframework.sh).
    cross_cargo "$target" rustc --locked -p mien-ffi --no-default-features --features pictures --lib \
        --crate-type staticlib "${quick[@]}"
    library="$CARGO_TARGET_DIR/$target/debug/libmien_ffi.a"
    needed "$library" >>"$found"
    echo "$(du -m "$library" | cut -f1) MB, $(needed "$library" | wc -l) symbols of the system"
done
sort -u -o "$found" "$found"
if [ "${1-}" = --write ]; then
    cp "$found" "$allowed"
    exit
fi
unknown=$(comm -23 "$found" <(sort -u "$allowed"))
if [ -n "$unknown" ]; then
    echo "apple-symbols: not in $allowed:" >&2
    echo "$unknown" >&2
    exit 1
fi
echo "apple-symbols: every symbol is in $allowed"
