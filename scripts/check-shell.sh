#!/usr/bin/env bash
# Runs shellcheck over every shell script of the project.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
mapfile -d '' -t scripts < <(
  find . -path './build*' -prune -o -path './.quickstart' -prune -o -path './.git' -prune -o \
    -type f \( -name '*.sh' -o -path './.ci/run' \) -print0 | sort -z
)
shellcheck --external-sources --source-path=SCRIPTDIR "${scripts[@]}"
