# Read by scripts that build for phones without an NDK or Xcode: `cross_cargo TARGET ARGUMENTS...`.
# The standard library of targets that rustup has not installed is built from source (Debian's
# rust-src of this compiler's version).
# needs: clang, llvm, and for missing targets a Debian system with apt-get and dpkg-deb

cache="${XDG_CACHE_HOME:-$HOME/.cache}/mien"
export CARGO_TARGET_DIR="$cache/cross"
export CARGO_PROFILE_DEV_DEBUG=0

# The program of this name from LLVM, whose packages may append their version.
llvm_tool() {
    command -v "$1" || ls /usr/bin/"$1"-* 2>/dev/null | head -n 1
}

for tool in clang llvm-ar; do
    [ -n "$(llvm_tool "$tool")" ] || {
        echo "cross: $tool is not installed (packages clang and llvm)" >&2
        exit 1
    }
done

# An empty SDK stops rustc and cc from calling xcrun, which only a Mac has.
if [ -z "${SDKROOT-}" ] && ! command -v xcrun >/dev/null; then
    mkdir -p "$cache/iPhoneOS.sdk"
    export SDKROOT="$cache/iPhoneOS.sdk"
fi

cross_cargo() {
    local target=$1 key=${1//-/_} libraries copy
    shift
    local -x "CC_$key=clang" "AR_$key=$(llvm_tool llvm-ar)" "CFLAGS_aarch64_linux_android=--target=aarch64-linux-android24"
    local -x IPHONEOS_DEPLOYMENT_TARGET=15.0
    libraries=$(rustc --print target-libdir --target "$target")
    if [ -d "$libraries" ]; then
        cargo "$@" --target "$target"
        return
    fi
    copy="$cache/toolchain-$(rustc -V | cut -d' ' -f2)"
    [ -e "$copy/lib/rustlib/src/rust/library/Cargo.lock" ] || scripts/rust-source.sh "$copy" >&2
    RUSTC="$copy/bin/rustc" RUSTC_BOOTSTRAP=1 "$copy/bin/cargo" -Zbuild-std=std,panic_unwind "$@" --target "$target"
}
