#!/usr/bin/env bash
# Installs yuebao for serving into one folder: the build stage of the Dockerfile, and the same without Docker.
#
#   scripts/container-build.sh /opt/yuebao
#
# The folder is a virtual environment that holds neither pip nor a compiler; `bin/yuebao serve` runs from it.
set -euo pipefail
target=${1:?usage: scripts/container-build.sh FOLDER}
source=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The wheel is built from a copy, so that the checkout stays as it was.
mkdir "$work/source"
tar -C "$source" --exclude=__pycache__ -cf - \
    pyproject.toml README.md LICENSE NOTICE bulletin models service training | tar -C "$work/source" -xf -

python3 -m venv "$work/builder"
"$work/builder/bin/python" -m pip --disable-pip-version-check -qq wheel --no-deps -w "$work" "$work/source"
python3 -m venv --without-pip "$target"
"$work/builder/bin/python" -m pip --disable-pip-version-check -qq --python "$target/bin/python" \
    install -c "$source/constraints.txt" "$(echo "$work"/yuebao-*.whl)[archive]"
"$target/bin/yuebao" --version
