#!/usr/bin/env bash
# Builds examples/swift and runs it.
#   usage: example.sh NAME LESSONS PICTURE...    example.sh --check: runs it with bundled pictures and checks its output
# The native library is already built: cargo build --workspace --locked
# needs: Swift 6 (scripts/debian/swift.sh), ffmpeg; without ffmpeg no stream is followed, with one line, and CI=true fails
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/apple/swift-tools.sh
if [ "${1-}" != --check ]; then
    swift_tool run examples/swift Example "$@"
    exit
fi

fixtures=tests/fixtures
pictures=("$fixtures/adapt/woman/test/fear/0204.jpg" "$fixtures/pictures/obama.jpg")
stream=()
if command -v ffmpeg >/dev/null; then
    mkdir -p "$target/swift-test"
    ffmpeg -v error -y -framerate 6 -i "$fixtures/clip/%04d.jpg" -pix_fmt yuv420p "$target/swift-test/clip.y4m"
    pictures+=("$target/swift-test/clip.y4m")
    stream=('clip\.y4m, 0\S* seconds: not known yet, sad, generic head' 'clip\.y4m, 1[0-9]\S* seconds: Wanda, happy, adapted head')
elif [ "${CI:-}" = true ]; then
    echo "example: not installed: ffmpeg" >&2
    exit 1
else
    echo "skipped: a stream: not installed: ffmpeg"
fi
output=$(swift_tool run examples/swift "${strict[@]}" Example Wanda "$fixtures/adapt/woman/learn" "${pictures[@]}")
printf '%s\n' "$output"
for line in ${stream[@]+"${stream[@]}"} 'Wanda is enrolled with [1-9] pictures\.' 'The adapted head is accepted: .+' \
    '0204\.jpg: Wanda, fear [0-9]+ %, adapted head' 'obama\.jpg: unknown person, [a-z]+ [0-9]+ %, generic head'; do
    grep -Exq "$line" <<<"$output" || { echo "example: the output has no line: $line" >&2; exit 1; }
done
code=0
swift_tool run examples/swift "${strict[@]}" --skip-build Example Wanda >/dev/null 2>&1 || code=$?
[ "$code" = 2 ] || { echo "example: without pictures the status is $code, not 2" >&2; exit 1; }
echo "example: the output is as expected"
