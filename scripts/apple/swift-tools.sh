# Read by scripts of this folder. `swift_tool COMMAND PACKAGE ARGUMENTS...` runs `swift COMMAND` for a package folder
# with the native library of this machine; all packages share one build folder. Without Swift (scripts/debian/swift.sh)
# reading this ends the script: as a success after a line with the reason, or as a failure if CI=true.

target=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/mien/target}
mkdir -p "$target/swift"
target=$(cd "$target" && pwd -P)

with_swift() {
    scripts/debian/swift.sh --bind "$target" "$@"
}

with_swift swiftc --version >/dev/null || {
    code=$?
    [ "$code" = 75 ] && exit 0
    exit "$code"
}

if [ "$(uname -s)" = Linux ]; then
    # Once for a script and the scripts that it calls.
    [ -n "${MIEN_GENERATED:-}" ] || scripts/apple/generate.sh
    export MIEN_GENERATED=yes
    # Swift 6.0's libswiftObservation.so for Linux refers to a function that no library defines and nothing calls.
    link=(-Xlinker "-L$target/debug" -Xlinker --allow-shlib-undefined)
else
    # On a Mac the package has a binary of its own.
    [ -d ios/Frameworks/MienNative.xcframework ] || scripts/apple/build-xcframework.sh
    link=()
fi

# Warnings of the compiler are errors in tests. Every build of a test needs the same options, or all sources are
# compiled again.
strict=(-Xswiftc -warnings-as-errors -Xswiftc -strict-concurrency=complete)
# Functions count their calls (scripts/apple/exercised.py), and a program leaves the counts when it ends.
[ "$(uname -s)" != Linux ] || strict+=(-Xswiftc -profile-generate)
counts="$target/swift-counts"

swift_tool() {
    local command=$1 package=$2
    shift 2
    with_swift env LD_LIBRARY_PATH="$target/debug" LLVM_PROFILE_FILE="$counts/%m.profraw" MIEN_TEST_MATERIAL="$target/swift-test" \
        MIEN_TEST_EXCHANGE="$target/exchange" MIEN_DOC_BLOCKS="${doc_blocks:-}" \
        MIEN_APPLE_STUBS="${apple_stubs:-}" swift "$command" \
        --package-path "$package" --scratch-path "$target/swift${apple_stubs:+-apple}" \
        ${link[@]+"${link[@]}"} "$@" # the bash of a Mac refuses an empty list
}
