#!/usr/bin/env bash
# Formats all C++ of the engine and the tests; with --check it only says which files are not formatted.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
case "${1-}" in
  "") mode=(-i) ;;
  --check) mode=(--dry-run --Werror) ;;
  *)
    printf 'format: unknown option %s (there is --check)\n' "$1" >&2
    exit 2
    ;;
esac
command -v clang-format >/dev/null || {
  printf 'format: no clang-format here: apt-get install clang-format\n' >&2
  exit 1
}
find engine tests -type f \( -name '*.cpp' -o -name '*.hpp' \) -print0 | xargs -0 -r -n 20 clang-format "${mode[@]}"
