#!/usr/bin/env bash
# Makes a Maven repository of the library for a Java VM (io.mien:mien-jvm with sources, documentation and this computer's
# native library), signs it with a key that is made for this run, and checks it (scripts/release/check-maven.py). Then
# builds and runs programs that know it by its coordinates alone, and one of them again after R8, by the rules of the
# packages only.
#   usage: publish-local.sh [FOLDER]         (of the repository; default: below the build folder)
# The native library is already built: cargo build --workspace --locked
# needs: Rust, Java 17 and Maven, Python 3, gpg; without a tool this fails if CI=true and is skipped with one line otherwise
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/dev/need.sh
need publish-local cargo javac mvn python3 gpg
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/mien/target}
target=$CARGO_TARGET_DIR
repository=${1:-$target/maven-repository}
# Short runs: compiling themselves to fast code would cost more than it saves.
export MAVEN_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC ${MAVEN_OPTS-}"
project=android/publish consumers=$PWD/android/publish/target/consumers
work=$(mktemp -d)
trap 'gpgconf --homedir "$work/keys" --kill gpg-agent 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir -p "$repository"
repository=$(cd "$repository" && pwd)

# stage: lays out sources and resources as Maven packs them.
stage() {
    local stage=$project/target/stage prefix library license own
    rm -rf $project/target
    mkdir -p "$stage/documented"
    cp -R android/{sdk,java}/src/main/kotlin/. $project/src/main/kotlin/. "$stage/documented/"
    scripts/dev/bindings.sh kotlin-jvm "$stage/sources"
    cp -R "$stage/documented/." "$stage/sources/"
    # JNA's name of this computer's kind.
    case "$(uname -s)-$(uname -m)" in
        Linux-x86_64) prefix=linux-x86-64 library=libmien_ffi.so ;;
        Linux-aarch64) prefix=linux-aarch64 library=libmien_ffi.so ;;
        Darwin-arm64) prefix=darwin-aarch64 library=libmien_ffi.dylib ;;
        Darwin-x86_64) prefix=darwin-x86-64 library=libmien_ffi.dylib ;;
        *) missing publish-local "no name for this system: $(uname -sm)" ;;
    esac
    own=$stage/resources/META-INF/io.mien/mien-jvm
    mkdir -p "$stage/resources/$prefix" "$stage/resources/mien" "$own"
    cp "$target/debug/$library" "$stage/resources/$prefix/"
    cp models/manifest.json models/*.onnx "$stage/resources/mien/"
    for license in LICENSE-APACHE LICENSE-MIT THIRD_PARTY.md; do cp $license "$own/"; done
    scripts/release/notices.py "$own/NOTICES.txt"
}

# publish: builds, signs and deploys to the folder.
publish() {
    mkdir -m 700 "$work/keys"
    export GNUPGHOME=$work/keys
    gpg --batch --quiet --passphrase '' --quick-gen-key 'Throw-away <key@example.invalid>' ed25519 sign 1d
    rm -rf "$repository/io/mien"
    mvn -q -B -f $project/pom.xml deploy -DaltDeploymentRepository="folder::file://$repository"
}

# consume: builds the consumers with nothing of io.mien but what is in the repository.
consume() {
    local cache=${MAVEN_REPOSITORY:-$HOME/.m2/repository} entry
    # The packages that Maven has fetched, without those of this project.
    mkdir -p "$cache/io" "$work/m2/io"
    for entry in "$cache"/*; do [ "$(basename "$entry")" = io ] || ln -s "$entry" "$work/m2/"; done
    for entry in "$cache"/io/*; do [ "$(basename "$entry")" = mien ] || ln -s "$entry" "$work/m2/io/"; done
    cp -R $project/consumers "$consumers"
    # Outside the repository they reach nothing of it by a relative path, except the program's source.
    sed -i.old "s|\${project.basedir}/../../../..|$PWD|" "$consumers/kotlin/pom.xml"
    mvn -q -B -f "$consumers/pom.xml" package -Dmaven.repo.local="$work/m2" -Dmien.repository="file://$repository"
}

# expect NAME PATTERN COMMAND...: runs a program whose output must have a line that matches.
expect() {
    local name=$1 pattern=$2 output
    shift 2
    output=$("$@" 2>&1) || { printf '%s\npublish-local: %s failed\n' "$output" "$name" >&2 && return 1; }
    grep -Eq "$pattern" <<<"$output" || { printf '%s\npublish-local: %s printed no %s\n' "$output" "$name" "$pattern" >&2 && return 1; }
    echo "publish-local: $name: $(grep -E "$pattern" <<<"$output" | head -n 1)"
}

fixtures=$PWD/tests/fixtures
example=(io.mien.example.MainKt "$PWD/models" Wanda "$fixtures/adapt/woman/learn" "$fixtures/adapt/woman/test/fear/0204.jpg")
stage
publish
scripts/release/check-maven.py "$repository" "$GNUPGHOME"
consume
lib() { echo "$consumers/$1/target/classes:$consumers/$1/target/lib/*"; }
expect "the Kotlin consumer" '^0204.jpg: Wanda, fear' java -cp "$(lib kotlin)" "${example[@]}"
expect "the Java consumer" '^obama.jpg: [a-z]+$' java -cp "$(lib java)" Main "$fixtures/pictures/obama.jpg"
scripts/android/shrink.sh "$consumers/kotlin/target" "$work/shrunk.jar"
expect "the shrunk consumer" '^0204.jpg: Wanda, fear' java -cp "$work/shrunk.jar" "${example[@]}"
