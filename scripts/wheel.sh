#!/usr/bin/env bash
# Builds yuebao's wheel into a folder, with the Python given.
#
#   scripts/wheel.sh FOLDER PYTHON
set -euo pipefail
target=${1:?usage: scripts/wheel.sh FOLDER PYTHON}
python=${2:?usage: scripts/wheel.sh FOLDER PYTHON}
source=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The wheel is built from a copy, so that the checkout stays as it was.
tar -C "$source" --exclude=__pycache__ -cf - \
    pyproject.toml README.md LICENSE NOTICE bulletin models service training | tar -C "$work" -xf -
"$python" -m pip --disable-pip-version-check -qq wheel --no-deps -w "$target" "$work"
