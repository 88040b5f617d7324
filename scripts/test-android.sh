#!/usr/bin/env bash
# Tests the Kotlin library on this computer's Java VM against the real native library: builds that, generates the
# bindings, compiles android/sdk and android/camerax and runs the tests of android/jvm, then those of the sample's models and
# views (android/sample-jvm).
# usage: test-android.sh [options of mvn]     needs: Rust, a JDK from 17 on, Maven
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-$PWD/target}
for tool in java mvn; do
    command -v "$tool" >/dev/null || { echo "test-android: $tool is not installed (a JDK from 17 on, and Maven)" >&2; exit 1; }
done

cargo build --workspace --locked
scripts/bindings.sh kotlin-jvm android/jvm/target/bindings
mkdir -p android/jvm/target/native
for suffix in so dylib; do
    [ ! -e "$target/debug/libmien_ffi.$suffix" ] || cp "$target/debug/libmien_ffi.$suffix" android/jvm/target/native/
done

# Without a network, what an earlier run fetched is enough.
run() { mvn -q -B "$@" -f android/pom.xml test -Dmien.command="$target/debug/mien"; }
run "$@" || { [ -n "${CI:-}" ] || echo "test-android: where Maven found no network, run it with --offline" >&2; exit 1; }
awk -F'"' '/<testsuite / { for (i = 1; i < NF; i++) { if ($i ~ / tests=$/) t += $(i+1); if ($i ~ / failures=$/ || $i ~ / errors=$/) f += $(i+1); if ($i ~ / skipped=$/) s += $(i+1) } }
     END { printf "android: %d tests, %d failed, %d skipped\n", t, f, s }' android/{jvm,sample-jvm}/target/surefire-reports/TEST-*.xml
