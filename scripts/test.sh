#!/usr/bin/env bash
# Installs what is missing, builds the release and runs every check and test. Arguments go on to ctest:
#   scripts/test.sh -L unit
set -euo pipefail
exec </dev/null
# shellcheck source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

bash "$root/scripts/install.sh"
say "test: layers"
bash "$root/scripts/check-layers.sh"
say "test: promises"
bash "$root/scripts/check-promises.sh"
say "test: shell scripts"
bash "$root/scripts/check-shell.sh"

dir=$(build_dir)
say "test: build in $dir, $(build_jobs) at a time"
configure_release "$dir"
compile "$dir"
cd -- "$dir"
ctest --output-on-failure --no-tests=error --timeout 900 -j2 "$@"
