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

python3 -m venv "$work/builder"
"$source/scripts/wheel.sh" "$work" "$work/builder/bin/python"
python3 -m venv --without-pip "$target"
"$work/builder/bin/python" -m pip --disable-pip-version-check -qq --python "$target/bin/python" \
    install -c "$source/constraints.txt" "$(echo "$work"/yuebao-*.whl)[archive,postgres]"
"$target/bin/yuebao" --version
