# Read by scripts whose tools may be missing. Without a tool they print one line and exit with 0, or fail if CI=true.

# missing SCRIPT REASON: ends the script.
missing() {
    if [ "${CI:-}" = true ]; then
        echo "$1: $2" >&2
        exit 1
    fi
    echo "skipped: $1: $2"
    exit 0
}

# need SCRIPT TOOL...: ends the script if a tool is not installed; names all that are missing.
need() {
    local script=$1 tool absent=()
    shift
    for tool in "$@"; do
        command -v "$tool" >/dev/null || absent+=("$tool")
    done
    [ ${#absent[@]} = 0 ] || missing "$script" "not installed: ${absent[*]}"
}

sha256_of() {
    { sha256sum "$1" 2>/dev/null || shasum -a 256 "$1"; } | cut -d ' ' -f 1
}
