#!/usr/bin/env bash
# Checks that an application can contain Mien and another Rust library: links a C program with both, and runs it. Two static
# Rust libraries define the same symbols of Rust's run time (`rust_eh_personality` and others), so the linker refuses them;
# this is checked too. The dynamic library has only the functions of the C header, which the package uses.
# The native library is already built: cargo build --workspace --locked
# needs: a C compiler
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/mien/target}/debug
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Formats and unwinds, so that it needs Rust's run time.
cat >"$work/other.rs" <<'END'
#[unsafe(no_mangle)]
pub extern "C" fn other_length(number: u64) -> usize {
    std::panic::catch_unwind(|| format!("{number}").len()).unwrap_or(0)
}
END
cat >"$work/main.c" <<'END'
#include <stdint.h>
#include <stdio.h>
uint32_t ffi_mien_ffi_uniffi_contract_version(void);
uintptr_t other_length(uint64_t number);
int main(void) {
    printf("contract %u, length %u\n", ffi_mien_ffi_uniffi_contract_version(), (unsigned)other_length(12345));
    return 0;
}
END
# Optimized as one, as applications ship them: then a library has parts of the standard library of its own.
rustc --crate-type staticlib -C opt-level=2 -C lto=fat -o "$work/libother.a" "$work/other.rs"
system=(-lpthread -ldl -lm)
[ "$(uname -s)" = Linux ] && system+=(-lgcc_s -lrt -lutil)
if cc -o "$work/static" "$work/main.c" "$work/libother.a" "$target/libmien_ffi.a" "${system[@]}" 2>"$work/log"; then
    echo "two-rust-libraries: two static libraries link here, so this check proves nothing" >&2
    exit 1
fi
grep -q rust_eh_personality "$work/log" || { cat "$work/log" >&2 && exit 1; }
cc -o "$work/dynamic" "$work/main.c" "$work/libother.a" -L"$target" -lmien_ffi "-Wl,-rpath,$target" "${system[@]}"
output=$("$work/dynamic")
grep -Eqx 'contract [0-9]+, length 5' <<<"$output" || { echo "two-rust-libraries: printed: $output" >&2 && exit 1; }

# Nothing but the interface is visible to others.
library=$(compgen -G "$target/libmien_ffi.so" || compgen -G "$target/libmien_ffi.dylib")
if [ "${library##*.}" = so ]; then
    visible=$(nm --dynamic --defined-only --format=just-symbols "$library")
else
    visible=$(nm -gUj "$library" | sed 's/^_//')
fi
foreign=$(grep -Ev '^(ffi|uniffi|UNIFFI_META)_|^Java_io_mien_|^JNI_On(Load|Unload)$' <<<"$visible" || true)
[ -z "$foreign" ] || { echo "two-rust-libraries: the library also exports:" $foreign >&2 && exit 1; }
echo "two-rust-libraries: static they collide, dynamic they work together ($output); $(wc -l <<<"$visible") exported functions, none of Rust's"
