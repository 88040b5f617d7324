# Read by scripts that need tools. Without a tool a script prints one line and exits with 0, or fails if CI=true.

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
