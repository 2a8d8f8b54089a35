#!/usr/bin/env bash
# Gathers yuebao and all that it needs as wheels in a folder, for machines without a network.
#
#   scripts/wheelhouse.sh FOLDER [EXTRAS]      EXTRAS as pip writes them; archive,postgres when none are given
#
# Run it on a machine with the same system, processor and Python version as the one that the folder goes to.
set -euo pipefail
target=${1:?usage: scripts/wheelhouse.sh FOLDER [EXTRAS]}
extras=${2:-archive,postgres}
source=$(cd "$(dirname "$0")/.." && pwd)
if [ -e "$target" ]; then
    echo "$target is there already: name a folder that is not" >&2
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work" "$target.part"' EXIT

python3 -m venv "$work/builder"
python=$work/builder/bin/python
mkdir -p "$target.part"
"$source/scripts/wheel.sh" "$target.part" "$python"
# What has no wheel is built here, so that no compiler is needed there.
"$python" -m pip --disable-pip-version-check -qq wheel -c "$source/constraints.txt" -w "$target.part" \
    "$(echo "$target.part"/yuebao-*.whl)[$extras]"
cp "$source/constraints.txt" "$source/deploy/yuebao.service" "$target.part"
mv -T "$target.part" "$target"
du -sh "$target"
