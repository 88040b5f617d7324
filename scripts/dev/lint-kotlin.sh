#!/usr/bin/env bash
# Checks the format of all Kotlin sources with ktlint (settings: .editorconfig), or formats them.
#   usage: lint-kotlin.sh [--fix]
# Maven fetches ktlint once, pinned by version and checksum, into ~/.cache/mien.
# needs: Java and Maven; without them this fails if CI=true and is skipped with one line otherwise
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/dev/need.sh
version=1.7.1
sha256=5f3de4ee4014137b05c72ed68eb46fe686aeb11fbdef27faf77f55d51c1b2536
jar=${XDG_CACHE_HOME:-$HOME/.cache}/mien/ktlint-$version.jar

need lint-kotlin java mvn
matches() { [ -f "$1" ] && [ "$(sha256_of "$1")" = "$sha256" ]; }
if ! matches "$jar"; then
    mkdir -p "$(dirname "$jar")"
    work=$(mktemp -d "$(dirname "$jar")/ktlint.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -DoutputDirectory="$work" \
        -Dartifact="com.pinterest.ktlint:ktlint-cli:$version:jar:all" -Dmdep.useBaseVersion=true >"$work/log" 2>&1 ||
        { cat "$work/log" >&2; missing lint-kotlin "ktlint cannot be fetched"; }
    matches "$work/ktlint-cli-$version-all.jar" || { echo "lint-kotlin: ktlint $version has another checksum" >&2; exit 1; }
    mv "$work/ktlint-cli-$version-all.jar" "$jar"
fi
options=(--relative --log-level=error)
[ "${1-}" != --fix ] || options+=(--format)
git ls-files -z 'android/*.kt' 'android/*.kts' 'examples/*.kt' | xargs -0 java -jar "$jar" "${options[@]}"
