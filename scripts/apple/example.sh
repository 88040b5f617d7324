#!/usr/bin/env bash
# Builds examples/swift and runs it.
#   usage: example.sh NAME LESSONS PICTURE...    example.sh --check: runs it with bundled pictures and checks its output
# The native library is already built: cargo build --workspace --locked
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/apple/swift-tools.sh
if [ "${1-}" != --check ]; then
    swift_tool run examples/swift Example "$@"
    exit
fi

fixtures=tests/fixtures
output=$(swift_tool run examples/swift "${strict[@]}" Example Wanda "$fixtures/adapt/woman/learn" \
    "$fixtures/adapt/woman/test/fear/0204.jpg" "$fixtures/pictures/obama.jpg")
printf '%s\n' "$output"
for line in 'Wanda is enrolled with [1-9] pictures\.' 'The adapted head is accepted: .+' \
    '0204\.jpg: Wanda, fear [0-9]+ %, adapted head' 'obama\.jpg: unknown person, [a-z]+ [0-9]+ %, generic head'; do
    grep -Exq "$line" <<<"$output" || { echo "example: the output has no line: $line" >&2; exit 1; }
done
code=0
swift_tool run examples/swift "${strict[@]}" --skip-build Example Wanda >/dev/null 2>&1 || code=$?
[ "$code" = 2 ] || { echo "example: without pictures the status is $code, not 2" >&2; exit 1; }
echo "example: the output is as expected"
