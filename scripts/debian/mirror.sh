# Sourced by scripts that make a Debian of their own.

# Prints the address of the first Debian archive that this machine's apt fetches packages from; fails if there is none.
debian_mirror() {
    local archive
    archive=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 2>/dev/null | sort -u |
        grep -v -- '-security' | head -n 1)
    [ -n "$archive" ] || archive=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
    [ -n "$archive" ] && echo "$archive"
}
