#!/usr/bin/env bash
# The public API of the Swift package.
#   usage: api.sh                 fails if it differs from ios/api/Mien.txt
#          api.sh --write         writes that file; its difference belongs into the review
#          api.sh --dump FILE     writes the API as JSON, for --since of a later version
#          api.sh --since FILE    lists what breaks applications that were written for the API in FILE
# The package is already built (scripts/apple/test.sh). On Linux the API is that with Apple's frameworks, for which stubs stand
# in; with an empty apple_stubs in the environment it is that without.
# needs: Swift 6 with swift-api-digester (scripts/debian/swift.sh), Python 3; without it this fails if CI=true and is
# skipped with one line otherwise
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/dev/need.sh
. scripts/apple/swift-tools.sh
need swift-api python3
[ "$(uname -s)" != Linux ] || : "${apple_stubs=yes}"
build="$target/swift${apple_stubs:+-apple}"
dump="$build-api.json" listing=ios/api/Mien.txt
digester=$(with_swift sh -c 'command -v swift-api-digester || ls /usr/libexec/swift/bin/swift-api-digester' 2>/dev/null || true)
[ -n "$digester" ] || missing swift-api "not installed: swift-api-digester"
[ "$(uname -s)" = Linux ] && sdk=/ || sdk=$(xcrun --show-sdk-path)

digest() { with_swift "$digester" "$@" -module Mien -I "$build/debug/Modules" -I ios/Sources/MienNative -sdk "$sdk"; }

# What breaks between two dumps, without headings.
broken() { digest -diagnose-sdk --input-paths "$1" -input-paths "$2" -print-module 2>&1 | sed '/^\/\*/d; /^ *$/d'; }

digest -dump-sdk -o "$dump" -abort-on-module-fail -avoid-location -avoid-tool-args
case ${1-} in
"" | --write)
    scripts/apple/api.py list "$dump" >"$target/swift-api.txt"
    [ -z "${1-}" ] || { mkdir -p ios/api && cp "$target/swift-api.txt" "$listing"; }
    diff -u "$listing" "$target/swift-api.txt" || {
        echo "swift-api: the API differs from $listing: after a wanted change run scripts/apple/api.sh --write" >&2
        exit 1
    }
    # Codable and the application's own keeper of keys may throw anything.
    if grep ' throws$' "$listing" | grep -v '\.init(from:)\|\.encode(to:)\|^KeyKeeper\.'; then
        echo "swift-api: these say only that they throw: public functions say throws(MienError)" >&2
        exit 1
    fi
    # The digester finds a declaration that is gone.
    scripts/apple/api.py without LiveSession.statistics "$dump" >"$target/swift-api-less.json"
    broken "$dump" "$target/swift-api-less.json" | grep -q 'LiveSession.statistics has been removed' || {
        echo "swift-api: swift-api-digester does not report a removed declaration" >&2
        exit 1
    }
    echo "swift-api: $(wc -l <"$listing") declarations are as in $listing"
    ;;
--dump) cp "$dump" "$2" ;;
--since)
    breaks=$(broken "$2" "$dump")
    [ -z "$breaks" ] || { echo "$breaks" && exit 1; }
    echo "swift-api: nothing breaks"
    ;;
*)
    sed -n '2,6s/^# *//p' "$0" >&2
    exit 2
    ;;
esac
