#!/usr/bin/env bash
# Runs tests of the project with PostgreSQL of one version as the desktop and of another as the cloud, and prints a table.
#
#   scripts/matrix.sh                   every mix of 12 to 18: 49 pairs, some hours
#   scripts/matrix.sh --quick           the oldest and the newest with themselves and with each other, fewer tests:
#                                       what CI runs
#   scripts/matrix.sh 12:18 15:15 ...   these pairs, DESKTOP:CLOUD
#
#   --tests FILTER    other tests than the usual choice (after --quick), as --gtest_filter takes them; '*' for all
#   --jobs N          pairs at the same time (1)
#   --program FILE    the integration tests, built already
#
# Exit status 1 if a pair failed. Then the whole output of the pair stands in the folder that is named.
set -euo pipefail
exec </dev/null
# shellcheck source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

# A cross-section: every job and command, all kinds of tables and types, and whatever looks into the catalogs.
tests='Versions.*:Sample.*:InitAndState.*:Capture.*:UnseenDatabase.*:BothWays.*:Keyless.*:Conflicts.*:Memory.*'
# Some of each, a minute a pair where nothing else runs.
quick_tests='Versions.*:InitAndState.*:UnseenDatabase.Val*Type*:UnseenDatabase.*Partition*:UnseenDatabase.Generated*'
quick_tests+=':Capture.P*:Capture.R*:Keyless.N*:Keyless.W*:BothWays.N*:Conflicts.T*:Memory.E*'

every_pair() {
  local desktop cloud
  for desktop in {12..18}; do for cloud in {12..18}; do say "$desktop:$cloud"; done; done
}

usage() {
  sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

pairs=()
jobs=1
program=""
while (($# > 0)); do
  case "$1" in
    --quick)
      pairs+=(12:12 18:18 12:18 18:12)
      tests=$quick_tests
      ;;
    --tests | --jobs | --program)
      (($# > 1)) || usage
      declare "${1#--}=$2"
      shift
      ;;
    *)
      [[ $1 =~ ^1[2-8]:1[2-8]$ ]] || usage
      pairs+=("$1")
      ;;
  esac
  shift
done
[[ $jobs =~ ^[1-9][0-9]?$ ]] || usage
if ((${#pairs[@]} == 0)); then mapfile -t pairs < <(every_pair); fi

if [[ -z $program ]]; then
  dir=$(build_dir)
  configure_release "$dir" >/dev/null
  compile "$dir" integration_tests
  program=$dir/integration_tests
fi
[[ -x $program ]] || fail "there is no $program"

# Fetched before anything runs, so that no pair waits for another's.
declare -A binaries
for version in $(printf '%s\n' "${pairs[@]}" | tr : '\n' | sort -u); do
  binaries[$version]=$("$root/scripts/postgres-version.sh" "$version")
done

results=$(mktemp -d "${TMPDIR:-/tmp}/pgtide-matrix.XXXXXX")
stop_all() {
  local running
  running=$(jobs -p)
  # shellcheck disable=SC2086  # numbers
  if [[ -n $running ]]; then kill $running 2>/dev/null || true; fi
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# run_pair PAIR: its line of the table. A pair passes if tests ran and none failed.
run_pair() {
  local pair=$1 log=$results/${1/:/-} began=$SECONDS status=0 passed verdict=passed
  PGTIDE_DESKTOP_PG_BIN=${binaries[${pair%:*}]} PGTIDE_CLOUD_PG_BIN=${binaries[${pair#*:}]} \
    "$program" "--gtest_filter=$tests" --gtest_color=no >"$log" 2>&1 || status=$?
  passed=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log")
  if ((status != 0 || ${passed:-0} == 0)); then verdict=FAILED; fi
  printf '%-9s%-7s%8s%9s%9s  %s\n' "${pair%:*}" "${pair#*:}" "${passed:-0}" \
    "$(sed -n 's/^\[  FAILED  \] \([^ ]*\)\.\([^ ]*\)$/&/p' "$log" | sort -u | wc -l)" "$((SECONDS - began))" "$verdict" |
    tee -- "$log.result"
}

printf '%-9s%-7s%8s%9s%9s  %s\n' desktop cloud passed failed seconds result
for pair in "${pairs[@]}"; do
  while (($(jobs -pr | wc -l) >= jobs)); do wait -n || true; done
  run_pair "$pair" &
done
wait

failed=0
for pair in "${pairs[@]}"; do
  log=$results/${pair/:/-}
  if [[ $(<"$log.result") == *passed ]]; then continue; fi
  failed=$((failed + 1))
  printf '\n%s:\n' "$pair"
  grep '^\[  FAILED  \] [^ ]*$' "$log" | sort -u || tail -n 20 "$log"
done
if ((failed > 0)); then
  if [[ -n ${CI-} ]]; then # nobody can look into the folder there
    for log in "$results"/*-??; do if ! grep -q passed "$log.result"; then tail -n 150 "$log"; fi; done
  fi
  fail "$failed of ${#pairs[@]} pairs failed. Their output: $results"
fi
rm -rf -- "$results"
say "matrix: all ${#pairs[@]} pairs passed"
