#!/usr/bin/env bash
# Checks that need no build: import circles and the licenses of all crates.
# needs: Python 3.11 or later; without it this fails if CI=true and is skipped with one line otherwise
set -euo pipefail
cd "$(dirname "$0")/../.."
. scripts/dev/need.sh
need checks python3
python3 scripts/dev/circles.py
python3 scripts/dev/licenses.py
