#!/usr/bin/env bash
# Lists the tools of every platform, which are installed, and the commands that install the missing ones. Installs
# nothing. Fails only if a tool is missing that everything needs.
set -euo pipefail

if command -v apt-get >/dev/null; then
    installs() { echo "sudo apt-get install -y $1"; }
elif command -v brew >/dev/null; then
    installs() { echo "brew install $2"; }
else
    installs() { echo "install the package $1 of your system"; }
fi
commands=()
required_is_missing=0

# found NAME: one line for a tool that is there.
found() { printf '  %-26s found\n' "$1"; }

# missing NAME HOW: one line for a tool that is not there; HOW is collected for the summary.
missing() {
    printf '  %-26s MISSING    %s\n' "$1" "$2"
    commands+=("$2")
}

# tool NAME HOW: looks for a program.
tool() { if command -v "$1" >/dev/null; then found "$1"; else missing "$1" "$2"; fi; }

# folder NAME PATH HOW: looks for a folder, such as an SDK.
folder() { if [ -n "$2" ] && [ -d "$2" ]; then found "$1"; else missing "$1" "$3"; fi; }

# target TRIPLE: looks for a compilation target of Rust.
target() {
    if [ -d "$(rustc --print target-libdir --target "$1" 2>/dev/null)" ]; then found "$1"; else missing "$1" "rustup target add $1"; fi
}

echo "Everything (make build, test, demo, lint):"
for program in cargo cc; do command -v $program >/dev/null || required_is_missing=1; done
tool cargo "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh    (Rust 1.94 or later)"
if [ "$(uname -s)" = Darwin ]; then tool cc "xcode-select --install"; else tool cc "$(installs gcc gcc)"; fi
tool python3 "$(installs python3 python)    (3.11 or later; make lint)"
tool ffmpeg "$(installs ffmpeg ffmpeg)    (videos, and their tests)"
tool mdbook "cargo install mdbook --locked    (make docs)"

echo "Android, on a Java VM (make test-android, make lint):"
tool javac "$(installs openjdk-17-jdk-headless openjdk@17)    (JDK 17 or later)"
tool mvn "$(installs maven maven)"

echo "Packages as applications get them (make test-packages; it also needs what tests of Android and Swift need):"
tool gpg "$(installs gpg gnupg)"
tool git "$(installs git git)"
tool unzip "$(installs unzip unzip)"

echo "Android, packages (make android):"
folder "NDK" "${ANDROID_NDK_HOME:-}" "sdkmanager 'ndk;28.2.13676358' and export ANDROID_NDK_HOME=\$ANDROID_HOME/ndk/28.2.13676358"
folder "SDK" "${ANDROID_HOME:-${ANDROID_SDK_ROOT:-}}" "install Android Studio or its command line tools and export ANDROID_HOME=FOLDER"
tool zip "$(installs zip zip)    (Gradle itself comes by android/gradlew)"
tool cargo-ndk "cargo install cargo-ndk --locked"
for triple in aarch64-linux-android armv7-linux-androideabi x86_64-linux-android; do target $triple; done

echo "iOS (make test-swift, xcframework):"
if [ "$(uname -s)" = Darwin ]; then
    tool xcodebuild "install Xcode 16 or later from the App Store, then: sudo xcode-select -s /Applications/Xcode.app"
    . "$(dirname "$0")/../apple/slices.sh"
    for slice in "${all_slices[@]}"; do
        for triple in $(triples_of "$slice"); do target "$triple"; done
    done
else
    printf '  %-26s only on a Mac (make xcframework)\n' Xcode
    if command -v swift >/dev/null; then
        found swift
    elif command -v debootstrap >/dev/null && [ "$(id -u)" = 0 ]; then
        printf '  %-26s make test-swift makes a Debian of its own for it (2.7 GB)\n' swift
    else
        missing swift "$(installs debootstrap debootstrap) and run make test-swift as root    (Swift 6 in a Debian of its own, 2.7 GB)"
    fi
fi

echo "Other processors (make cross, android-symbols, apple-symbols, test-arm, bench-arm):"
llvm() { if command -v "$1" >/dev/null || compgen -G "/usr/bin/$1-[0-9]*" >/dev/null; then found "$1"; else missing "$1" "$2"; fi; }
llvm clang "$(installs clang llvm)"
llvm ld.lld "$(installs lld lld)"
llvm llvm-ar "$(installs llvm llvm)"
tool qemu-aarch64 "$(installs 'qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross' qemu)"
tool debootstrap "$(installs debootstrap debootstrap)    (make bench-arm, as root)"

echo "Models and reference data (make models, models-check):"
tool npm "$(installs npm node)"

if [ ${#commands[@]} = 0 ]; then
    echo "Nothing is missing."
else
    printf '\nTo install what is missing:\n'
    printf '  %s\n' "${commands[@]}"
fi
exit $required_is_missing
