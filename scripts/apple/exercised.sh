#!/usr/bin/env bash
# Fails if no test has called one of the public functions of the Swift package, with or without Apple's frameworks.
# All tests have just run on this machine (scripts/apple/test.sh).
# needs: Linux, Swift 6 with swift-api-digester and llvm-profdata (scripts/debian/swift.sh), Python 3; without it this fails
# if CI=true and is skipped with one line otherwise
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/dev/need.sh
. scripts/apple/swift-tools.sh
need swift-exercised python3
merger=$(with_swift sh -c 'command -v llvm-profdata || ls /usr/libexec/swift/bin/llvm-profdata' 2>/dev/null || true)
[ -n "$merger" ] || missing swift-exercised "not installed: llvm-profdata"
# Each on its own: a function that is written differently with Apple's frameworks cannot be merged.
for counted in "$counts"/*.profraw; do
    with_swift "$merger" show --all-functions --counts "$counted"
done >"$counts/all.txt"
apple_stubs= scripts/apple/api.sh --dump "$counts/api.json"
apple_stubs=yes scripts/apple/api.sh --dump "$counts/api-apple.json"
scripts/apple/exercised.py "$counts/all.txt" "$counts/api.json" "$counts/api-apple.json"
