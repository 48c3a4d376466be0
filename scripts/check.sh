#!/usr/bin/env bash
# All that CI does, and the formatting where clang-format is there. Arguments go on to ctest.
set -euo pipefail
scripts=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
if command -v clang-format >/dev/null; then
  bash "$scripts/format.sh" --check
else
  printf 'check: no clang-format here, the formatting is not checked\n'
fi
exec bash "$scripts/test.sh" "$@"
