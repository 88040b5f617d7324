# Read by scripts of this folder: `swift_tool COMMAND ARGUMENTS...` runs `swift COMMAND` for the
# package where Swift is (scripts/swift.sh), with the library of this machine. Where Swift cannot be
# had, reading this ends the script, as a success: the reason was said.

target=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/mien/target}
mkdir -p "$target/swift"
target=$(cd "$target" && pwd -P)

with_swift() {
    scripts/swift.sh --bind "$target" "$@"
}

with_swift swiftc --version >/dev/null || {
    code=$?
    [ "$code" = 75 ] && exit 0
    exit "$code"
}

if [ "$(uname -s)" = Linux ]; then
    ios/generate.sh
    # Swift 6.0's libswiftObservation.so for Linux names a function that no library has and nothing calls.
    link=(-Xlinker "-L$target/debug" -Xlinker --allow-shlib-undefined)
else
    # A Mac has the package's own binary.
    [ -d ios/Frameworks/MienNative.xcframework ] || ios/build-xcframework.sh
    link=()
fi

swift_tool() {
    local command=$1
    shift
    with_swift env LD_LIBRARY_PATH="$target/debug" MIEN_TEST_MATERIAL="$target/swift-test" \
        MIEN_TEST_EXCHANGE="$target/exchange" swift "$command" --package-path ios --scratch-path "$target/swift" \
        ${link[@]+"${link[@]}"} "$@" # the bash of a Mac refuses an empty list
}
