#!/usr/bin/env bash
# Lists the installed and the missing tools, and the commands that need the missing ones. Installs nothing.
set -euo pipefail

missing=0
need() {
    local tool=$1 for_what=$2 how=$3
    if command -v "$tool" >/dev/null; then
        printf '  %-12s found\n' "$tool"
    else
        printf '  %-12s MISSING: needed for %s; %s\n' "$tool" "$for_what" "$how"
        [ "$4" = required ] && missing=1
    fi
    return 0
}

echo "Needed to build, test and run the demo:"
need cargo "everything" "install Rust 1.91 or later" required
need cc "linking" "install a C compiler (package gcc or clang)" required
echo "Needed for single commands:"
need ffmpeg "videos in mien analyze (and their tests)" "install the package ffmpeg" optional
need python3 "make models, models-check, fixtures-check, training-check, bench-training, bench-networks" "install Python 3.11 or later" optional
need npm "make models, models-check" "install Node.js with npm" optional
need cargo-deny "the license check in make lint" "cargo install cargo-deny" optional
need swift "make test-swift on a Mac" "install Xcode 16 or later; on Debian a Swift of its own is made" optional
need javac "make test-android" "install a JDK from 17 on" optional
need mvn "make test-android" "install the package maven" optional
need clang "make cross, android-symbols, apple-symbols" "install the packages clang, lld and llvm" optional
need qemu-aarch64 "make test-arm, bench-arm" "install the packages gcc-aarch64-linux-gnu, libc6-dev-arm64-cross and qemu-user" optional
exit $missing
