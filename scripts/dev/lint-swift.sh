#!/usr/bin/env bash
# Checks the format of all Swift sources with swift-format (settings: ios/.swift-format), or formats them.
#   usage: lint-swift.sh [--fix]
# needs: Swift 6 with swift-format (scripts/debian/swift.sh); without it this fails if CI=true and is skipped with one
# line otherwise
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/dev/need.sh
command=(lint --strict)
[ "${1-}" != --fix ] || command=(format --in-place)
files=()
while IFS= read -r file; do files+=("$file"); done < <(git ls-files 'ios/*.swift' 'examples/*.swift')
code=0
# Debian and Xcode install swift-format outside of PATH.
scripts/debian/swift.sh sh -c '
    PATH=$PATH:/usr/libexec/swift/bin
    if command -v swift-format >/dev/null; then exec swift-format "$@"; fi
    if command -v xcrun >/dev/null && xcrun --find swift-format >/dev/null 2>&1; then exec xcrun swift-format "$@"; fi
    exit 76' lint-swift "${command[@]}" --configuration ios/.swift-format "${files[@]}" || code=$?
case $code in
    75) exit 0 ;; # scripts/debian/swift.sh printed the reason
    76) missing lint-swift "not installed: swift-format" ;;
    *) exit "$code" ;;
esac
