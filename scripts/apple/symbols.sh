#!/usr/bin/env bash
# Builds the static libraries of mien-ffi for the iPhone and its simulator and compares their undefined
# symbols with a list, so that linking an application never fails on a symbol that no Apple library
# has, and new system calls are noticed. Also checks that they define the functions that the package's
# C header declares. Needs no Xcode; the libraries are built without optimization and never shipped.
#   usage: symbols.sh [--write]     (--write: rewrite the list)
# needs: clang, llvm and what scripts/cross/toolchain.sh says
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/cross/toolchain.sh
export LC_ALL=C
allowed=scripts/apple/symbols.txt
header=ios/Sources/MienNative/MienNative.h # generated: scripts/apple/generate.sh
symbols=$(llvm_tool llvm-nm) size=$(llvm_tool llvm-size)
quick=(--config 'profile.dev.opt-level=0')
for package in '"*"' mien-core; do
    quick+=(--config "profile.dev.package.$package.opt-level=0")
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The C symbols of an archive: list undefined|defined LIBRARY
list() {
    "$symbols" --"$1"-only --format=just-symbols "$2" 2>/dev/null | grep '^_' | sort -u
}

for target in aarch64-apple-ios aarch64-apple-ios-sim; do
    echo "== $target"
    # The features that ship (scripts/apple/build-xcframework.sh).
    cross_cargo "$target" rustc --locked -p mien-ffi --no-default-features --features pictures --lib \
        --crate-type staticlib "${quick[@]}"
    library="$CARGO_TARGET_DIR/$target/debug/libmien_ffi.a"
    list defined "$library" >"$work/defined"
    comm -23 <(list undefined "$library") "$work/defined" >"$work/$target"
    if [ -e "$header" ]; then
        grep -oE '\b(uni)?ffi_mien_ffi_\w+' "$header" | sed 's/^/_/' | sort -u >"$work/declared"
        missing=$(comm -23 "$work/declared" "$work/defined")
        if [ -n "$missing" ]; then
            echo "apple-symbols: the library lacks functions that $header declares:" $missing >&2
            exit 1
        fi
        echo "the library has all $(wc -l <"$work/declared") functions of $header"
    else
        echo "skipped: no $header to compare with (scripts/apple/generate.sh)"
    fi
    printf '%d undefined symbols; archive of %d MB, of which %d MB code and data; not optimized\n' \
        "$(wc -l <"$work/$target")" "$(du -m "$library" | cut -f1)" \
        "$("$size" "$library" | awk '{ bytes += $1 + $2 } END { printf "%.0f", bytes / 1e6 }')"
done
sort -u -o "$work/found" "$work"/aarch64-*
if [ "${1-}" = --write ]; then
    cp "$work/found" "$allowed"
    exit
fi
unknown=$(comm -23 "$work/found" <(sort -u "$allowed"))
if [ -n "$unknown" ]; then
    echo "apple-symbols: not in $allowed:" $unknown >&2
    exit 1
fi
printf 'apple-symbols: all %d undefined symbols are among the %d of %s\n' \
    "$(wc -l <"$work/found")" "$(wc -l <"$allowed")" "$allowed"
