#!/usr/bin/env bash
# Measures pgtide against what PostgreSQL itself can do: installs what is missing, builds the release, starts two
# throw-away servers, runs every target of docs/PERFORMANCE.md in turns with its floor, compares the contents after every
# run, prints the results as Markdown and removes the servers.
#   scripts/bench.sh                              five rounds, about half an hour
#   scripts/bench.sh --quick                      small tables, one round: does all of it work?
#   scripts/bench.sh --list                       the scenarios
#   scripts/bench.sh --only full-0,full-5 --rounds 3 --json results.json
#   scripts/bench.sh --scale --write-docs         also cost against size; the results go into docs/PERFORMANCE.md
#   scripts/bench.sh --help                       all options
set -euo pipefail
exec </dev/null
# shellcheck source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

bash "$root/scripts/install.sh" >&2
dir=$(build_dir)
configure_release "$dir" >&2
for target in pgtide bench_proxy; do compile "$dir" "$target" >&2; done
PYTHONPATH=$root/tests/bench exec python3 -B -m measuring --program "$dir/pgtide" --proxy "$dir/bench_proxy" "$@"
