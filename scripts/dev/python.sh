#!/usr/bin/env bash
# Runs a Python script with exactly the packages of a requirements file, in a separate virtual environment in
# the user's cache folder.   usage: python.sh REQUIREMENTS SCRIPT [ARGUMENT...]
# A line "# pip install options: ..." in the file lists options that pip accepts only on its command line.
set -euo pipefail
requirements=$1
shift
key=$(sha256sum "$requirements" | cut -c1-12)
environment="${XDG_CACHE_HOME:-$HOME/.cache}/mien/python-$key"
if ! [ -e "$environment/complete" ]; then
    options=$(sed -n 's/^# pip install options: //p' "$requirements")
    python3 -m venv --clear "$environment"
    # shellcheck disable=SC2086 # several options or none
    "$environment/bin/pip" install -q --disable-pip-version-check $options -r "$requirements"
    touch "$environment/complete"
fi
exec "$environment/bin/python" "$@"
