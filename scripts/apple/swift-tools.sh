# Read by scripts of this folder. `swift_tool COMMAND PACKAGE ARGUMENTS...` runs `swift COMMAND` for a package folder with
# the native library of this machine. Without Swift (scripts/debian/swift.sh) reading this ends the script: as a success after a
# line with the reason, or as a failure if CI=true.

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
    scripts/apple/generate.sh
    # Swift 6.0's libswiftObservation.so for Linux refers to a function that no library defines and nothing calls.
    link=(-Xlinker "-L$target/debug" -Xlinker --allow-shlib-undefined)
else
    # On a Mac the package has a binary of its own.
    [ -d ios/Frameworks/MienNative.xcframework ] || scripts/apple/build-xcframework.sh
    link=()
fi

swift_tool() {
    local command=$1 package=$2 scratch="$target/swift"
    shift 2
    [ "$package" = ios ] || scratch="$target/swift-$(basename "$(dirname "$package")")"
    with_swift env LD_LIBRARY_PATH="$target/debug" MIEN_TEST_MATERIAL="$target/swift-test" \
        MIEN_TEST_EXCHANGE="$target/exchange" MIEN_DOC_BLOCKS="${doc_blocks:-}" swift "$command" \
        --package-path "$package" --scratch-path "$scratch" \
        ${link[@]+"${link[@]}"} "$@" # the bash of a Mac refuses an empty list
}
