# Sourced by scripts that build for phones without an NDK or Xcode, and for AArch64 Linux: `cross_cargo TARGET ARGUMENTS...`.
# For targets that rustup has not installed, the standard library is built from source (Debian's rust-src in this
# compiler's version).
# needs: clang and llvm for phones; for missing targets a Debian system with apt-get and dpkg-deb
# CROSS_TARGET_DIR: cargo's target folder

cache="${XDG_CACHE_HOME:-$HOME/.cache}/mien"
export CARGO_TARGET_DIR="${CROSS_TARGET_DIR:-$cache/cross}"
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_INCREMENTAL=0

# Prints the path of an LLVM program; LLVM's packages may append their version to its name.
llvm_tool() {
    command -v "$1" || compgen -G "/usr/bin/$1-[0-9]*" | head -n 1 | grep . || {
        echo "cross: $1 is not installed (packages clang, lld and llvm)" >&2
        return 1
    }
}

# An empty SDK keeps rustc and cc from calling xcrun, which exists only on a Mac.
if [ -z "${SDKROOT-}" ] && ! command -v xcrun >/dev/null; then
    mkdir -p "$cache/iPhoneOS.sdk"
    export SDKROOT="$cache/iPhoneOS.sdk"
fi

cross_cargo() {
    local target=$1 key=${1//-/_} compiler archiver copy command
    command=("$2" --target "$target" "${@:3}") # may end with the tests' own arguments
    if [ "$target" = aarch64-unknown-linux-gnu ]; then
        compiler=aarch64-linux-gnu-gcc archiver=aarch64-linux-gnu-ar
        local -x CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=$compiler
    else
        compiler=$(llvm_tool clang) && archiver=$(llvm_tool llvm-ar) || return
    fi
    local -x "CC_$key=$compiler" "AR_$key=$archiver" "CFLAGS_aarch64_linux_android=--target=aarch64-linux-android24"
    local -x IPHONEOS_DEPLOYMENT_TARGET=16.0
    if [ -d "$(rustc --print target-libdir --target "$target")" ]; then
        cargo "${command[@]}"
        return
    fi
    copy="$cache/toolchain-$(rustc -V | cut -d' ' -f2)"
    [ -e "$copy/lib/rustlib/src/rust/library/Cargo.lock" ] || scripts/debian/rust-source.sh "$copy" >&2 || return
    RUSTC="$copy/bin/rustc" RUSTC_BOOTSTRAP=1 "$copy/bin/cargo" -Zbuild-std=std,panic_unwind "${command[@]}"
}
