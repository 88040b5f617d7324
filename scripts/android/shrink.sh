#!/usr/bin/env bash
# Shrinks a Java program that uses the library as applications are shrunk: by R8 in full mode, with the consumer rules of
# our packages and a rule for `main` only.
#   usage: shrink.sh FOLDER OUTPUT.jar      (FOLDER: classes in classes/, dependencies in lib/)
# Maven fetches R8 once, pinned by version and checksum, into ~/.cache/mien.
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/dev/need.sh
[ $# = 2 ] || { sed -n '2,5s/^# *//p' "$0" >&2 && exit 2; }
folder=$1 output=$2
version=8.11.18
sha256=fbe6f7d59d46d6296919f6cc4793536439921d357c9a6bbf45ea4acc3c8736a7
r8=${XDG_CACHE_HOME:-$HOME/.cache}/mien/r8-$version.jar
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
matches() { [ -f "$1" ] && [ "$(sha256_of "$1")" = "$sha256" ]; }
if ! matches "$r8"; then
    mkdir -p "$(dirname "$r8")"
    mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -DoutputDirectory="$work" \
        -Dartifact="com.android.tools:r8:$version" -Dmdep.useBaseVersion=true
    matches "$work/r8-$version.jar" || { echo "shrink: R8 $version has another checksum" >&2; exit 1; }
    mv "$work/r8-$version.jar" "$r8"
fi
java_home=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/ *java.home = //p')
(cd "$folder/classes" && jar -c -f "$work/program.jar" .)
echo '-keep class **.MainKt { public static void main(java.lang.String[]); }' >"$work/main.pro"
rules=()
for module in android/*/consumer-rules.pro; do rules+=(--pg-conf "$module"); done
# A short run: compiling itself to fast code would cost more than it saves.
java -Xmx1500m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$r8" com.android.tools.r8.R8 --release --classfile --lib "$java_home" --output "$output" \
    --pg-conf "$work/main.pro" "${rules[@]}" "$work/program.jar" "$folder"/lib/*.jar >"$work/log" 2>&1 ||
    { cat "$work/log" >&2 && exit 1; }
before=$(cat "$work/program.jar" "$folder"/lib/*.jar | wc -c)
echo "shrink: R8 $version made $(wc -c <"$output") bytes of $before, with the rules of our packages"
