#!/usr/bin/env bash
# Runs a command with Swift 6: the installed one, or else the one in a Debian trixie chroot. The first run makes
# the chroot (0.6 GB to fetch, 2.7 GB on disk) from the Debian mirror of this machine's apt.
#   usage: swift.sh [--bind DIR]... COMMAND...
# The chroot sees the repository and each DIR under their own paths; the command starts in the current folder.
# Without Swift it prints the reason in one line and exits with 75, or with 1 if CI=true.
# needs for the chroot: Linux with Debian's apt, root. SWIFT_ROOT: folder of the chroot
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd -P)
. "$repository/scripts/debian/mirror.sh"
root=${SWIFT_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/mien/swift}

skip() {
    if [ "${CI:-}" = true ]; then
        echo "swift: not installed, and no chroot with Swift can be made: $1" >&2
        exit 1
    fi
    echo "skipped: Swift is not installed: $1" >&2
    exit 75
}

make_root() {
    local archive work="$root.part" free
    archive=$(debian_mirror) || skip "apt names no Debian archive"
    rm -rf --one-file-system "$work"
    mkdir -p "$work" 2>/dev/null || skip "cannot make $work"
    free=$(df --output=avail -BG "$work" | tail -n 1 | tr -dc 0-9)
    [ "$free" -ge 4 ] || skip "4 GB of disk are needed, $free are free"
    if ! command -v debootstrap >/dev/null; then
        { apt-get update && apt-get install -y --no-install-recommends debootstrap; } >/dev/null 2>&1 ||
            skip "cannot install debootstrap"
    fi
    echo "swift: making a Debian chroot with Swift in $root (0.6 GB to fetch)" >&2
    { debootstrap --variant=minbase --include=ca-certificates trixie "$work" "$archive" &&
        chroot "$work" sh -c 'apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
            --no-install-recommends git swiftlang libc6-dev libstdc++-14-dev && apt-get clean'; } >"$root.log" 2>&1 ||
        skip "cannot make the chroot (see $root.log)"
    mv "$work" "$root"
    rm -f "$root.log"
}

if [ "${1-}" != --inside ]; then
    if swift --version 2>/dev/null | grep -q 'Swift version [6-9]'; then
        while [ "${1-}" = --bind ]; do shift 2; done
        exec "$@"
    fi
    [ "$(uname -s)" = Linux ] || skip "this system runs no Debian; use Xcode"
    [ "$(id -u)" = 0 ] || skip "making and entering a chroot needs root"
    command -v apt-get >/dev/null || skip "apt-get is not installed"
    # A mount namespace of its own, so that no mount outlives this script.
    unshare --mount true 2>/dev/null || skip "mounting is not allowed"
    exec unshare --mount --propagation private "$0" --inside "$root" "$PWD" "$@"
fi

shift
root=$1 folder=$2
shift 2
[ -x "$root/usr/bin/swiftc" ] || make_root
binds=("$repository")
while [ "${1-}" = --bind ]; do
    binds+=("$(cd "$2" && pwd -P)")
    shift 2
done
mount -t proc proc "$root/proc" # swiftc finds its runtime through /proc/self
for bind in "${binds[@]}"; do
    mkdir -p "$root$bind"
    mount --bind "$bind" "$root$bind"
done
exec chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/root LC_ALL=C.UTF-8 TMPDIR=/tmp \
    sh -c 'cd "$0" && exec "$@"' "$folder" "$@"
