#!/usr/bin/env bash
# Tests the Kotlin library on a Java VM against the native library of this computer: builds that library, generates the
# bindings, and runs the tests of android/jvm (library, CameraX adapter), android/sample-jvm (models and views of the
# sample) and examples/kotlin. Compiles the Kotlin and Java blocks of the documentation.
#   usage: test.sh [options of mvn]
# needs: Rust, Java and Maven, Python 3; without a tool this fails if CI=true and is skipped with one line otherwise
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/dev/need.sh
need test-android cargo javac mvn python3
target=${CARGO_TARGET_DIR:-$PWD/target}

cargo build --workspace --locked
scripts/dev/bindings.sh kotlin-jvm android/jvm/target/bindings
scripts/dev/doc_blocks.py kotlin android/jvm/target/doc-blocks
scripts/dev/doc_blocks.py java android/jvm/target/doc-blocks-java
mkdir -p android/jvm/target/native
for suffix in so dylib; do
    [ ! -e "$target/debug/libmien_ffi.$suffix" ] || cp "$target/debug/libmien_ffi.$suffix" android/jvm/target/native/
done

# Without a network, the packages of an earlier run suffice.
run() { mvn -q -B "$@" -f android/pom.xml test -Dmien.command="$target/debug/mien"; }
run "$@" || {
    [ -n "${CI:-}" ] || echo "test-android: if Maven has no network, run scripts/android/test.sh --offline" >&2
    exit 1
}
awk -F'"' '/<testsuite / { for (i = 1; i < NF; i++) { if ($i ~ / tests=$/) t += $(i+1); if ($i ~ / failures=$/ || $i ~ / errors=$/) f += $(i+1); if ($i ~ / skipped=$/) s += $(i+1) } }
     END { printf "android: %d tests, %d failed, %d skipped\n", t, f, s }' \
    android/{jvm,sample-jvm}/target/surefire-reports/TEST-*.xml examples/kotlin/target/surefire-reports/TEST-*.xml
# All tests ran: each public function is called by one.
[ $# -gt 0 ] || scripts/android/exercised.py android/{jvm,sample-jvm}/target/site/jacoco/jacoco.xml android/api/*.api
