#!/usr/bin/env bash
# From a fresh clone to a pair of databases that are kept in step: installs what is missing, builds pgtide, starts two
# throw-away PostgreSQL clusters with the sample data, runs the three jobs and compares both sides. Prints each command
# as you would type it. Call it again at any time: it goes on with what is there.
#   scripts/quickstart.sh
#   scripts/quickstart.sh stop     removes the clusters and everything in them
# Clusters and log are remembered in .quickstart/ in the clone; PGTIDE_QUICKSTART_DIR names another folder.
set -euo pipefail
exec </dev/null
# shellcheck source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

# Where the clusters and the log are: in the clone, or below the folder for temporary files if it may only be read.
places() {
  if [[ -n ${PGTIDE_QUICKSTART_DIR-} ]]; then
    printf '%s\n' "$PGTIDE_QUICKSTART_DIR"
  else
    printf '%s\n' "$root/.quickstart" "${TMPDIR:-/tmp}/pgtide-quickstart-$EUID-$(clone_key)"
  fi
}
choose_place() {
  local in_clone elsewhere
  { read -r in_clone && read -r elsewhere; } < <(places) || true
  if [[ -z $elsewhere ]] || [[ -d $in_clone && -w $in_clone && -O $in_clone ]] || [[ ! -e $in_clone && -w $root ]]; then
    printf '%s\n' "$in_clone"
  else
    printf '%s\n' "$elsewhere"
  fi
}

step() { printf '\n== %s\n' "$*"; }

# Words as a shell would read them back.
quoted() {
  local word sep=""
  for word in "$@"; do
    if [[ ! $word =~ ^[A-Za-z0-9_./:=@,%+-]+$ ]]; then word="'${word//\'/\'\\\'\'}'"; fi
    printf '%s%s' "$sep" "$word"
    sep=" "
  done
}

# shown TEXT COMMAND...: prints the text as the command that was typed, and runs the command.
shown() {
  doing=$1
  printf '$ %s\n' "$1"
  "${@:2}"
}
run() { shown "$(quoted "$@")" "$@"; }

url_of() { if [[ $1 == desktop ]]; then printf '%s\n' "$PGTIDE_DESKTOP_URL"; else printf '%s\n' "$PGTIDE_CLOUD_URL"; fi; }
psql_quietly() { psql -v ON_ERROR_STOP=1 -q "$@"; }
# ask desktop|cloud SQL: the bare answer.
ask() { psql_quietly "$(url_of "$1")" -At -c "$2"; }
# sql desktop|cloud SQL
sql() { shown "psql \"\$PGTIDE_${1^^}_URL\" -c \"${2//\"/\\\"}\"" psql -v ON_ERROR_STOP=1 "$(url_of "$1")" -c "$2"; }

start_cluster() {
  local name=$1
  shift
  run "scripts/cluster.sh" start "$shown_state/$name" "$@"
  if [[ $(psql_quietly "$(scripts/cluster.sh url "$state/$name")" -At \
    -c "SELECT count(*) FROM pg_database WHERE datname = '$name'") == 0 ]]; then
    psql_quietly "$(scripts/cluster.sh url "$state/$name")" -c "CREATE DATABASE $name"
  fi
}

# One database without the other it was kept in step with is of no use: then both begin anew.
forget_a_torn_pair() {
  local name status torn=0
  for name in desktop cloud; do
    status=0
    scripts/cluster.sh status "$state/$name" >/dev/null || status=$?
    if ((status == 4)); then torn=1; fi
  done
  if ((torn == 0)) || [[ ! -e $state/desktop && ! -e $state/cloud ]]; then return; fi
  say "An earlier quickstart left only one of the two, both begin anew."
  for name in desktop cloud; do scripts/cluster.sh remove "$state/$name"; done
}

# Both files in one transaction: a table that is there says that all of it is.
load_sample() {
  local name=$1
  shift
  if [[ $(ask "$name" "SELECT to_regclass('public.orgmaster') IS NULL") == f ]]; then
    say "The $name has its tables already."
    return
  fi
  shown "psql \"\$PGTIDE_${name^^}_URL\" -q -1 -o /dev/null $*" psql_quietly "$(url_of "$name")" -1 -o /dev/null "$@"
}

install_and_build() {
  step "What pgtide needs"
  run scripts/install.sh
  step "Build"
  local dir
  dir=$(build_dir)
  pgtide=$dir/pgtide
  if [[ $dir == "$root/build" ]]; then
    pgtide=./build/pgtide
    shown "cmake --preset release" configure_release "$dir"
    shown "cmake --build build --target pgtide --parallel $(build_jobs)" compile "$dir" pgtide
  else
    shown "cmake --preset release -B $(quoted "$dir")" configure_release "$dir"
    shown "cmake --build $(quoted "$dir") --target pgtide --parallel $(build_jobs)" compile "$dir" pgtide
  fi
}

start_clusters() {
  step "Two PostgreSQL clusters: the desktop, whose clock shows local time, and the cloud"
  forget_a_torn_pair
  start_cluster desktop -c timezone=Asia/Kolkata
  start_cluster cloud
  PGTIDE_DESKTOP_URL=$(scripts/cluster.sh url "$state/desktop" desktop)
  PGTIDE_CLOUD_URL=$(scripts/cluster.sh url "$state/cloud" cloud)
  export PGTIDE_DESKTOP_URL PGTIDE_CLOUD_URL
  say "$ export PGTIDE_DESKTOP_URL=$PGTIDE_DESKTOP_URL"
  say "$ export PGTIDE_CLOUD_URL=$PGTIDE_CLOUD_URL"

  step "The sample pair: a practice's desktop database with its rows, and an empty cloud"
  load_sample desktop -v is_desktop=true -f scripts/sample/schema.sql -f scripts/sample/data.sql
  load_sample cloud -v is_desktop=false -f scripts/sample/schema.sql
}

work_on_the_desktop() {
  local reminder client job
  # Each round takes other rows: the sample has 132 reminders, 733 clients and 24,562 jobs.
  reminder=$(ask desktop "SELECT max(rem_id) + 1 FROM mbreminder")
  client=$(((reminder - 133) % 733 + 1))
  job=$(((reminder - 133) % 24562 + 1))
  sql desktop "UPDATE climaster SET clientphone = '+91 44 5550$reminder' WHERE client_id = $client"
  sql desktop "UPDATE jobshead SET job_status = 'C', act_man_min = act_man_min + 30 WHERE job_id = $job"
  sql desktop "INSERT INTO mbreminder (rem_id, org_id, loc_id, staff_id, client_id, remdate, remtitle, source)
  VALUES ($reminder, 1, 1, 7, $client, current_date, 'Ask for the signed balance sheet', 'D')"
}

work_on_the_phones() {
  sql cloud "INSERT INTO workdiary (org_id, loc_id, staff_id, job_id, date, timefrom, timeto, minutes, tasknotes, doc_ref, source) VALUES
  (1, 1, 3, 12, current_date, '09:30', '11:00', 90, 'Vouching of purchases', NULL, 'M'),
  (1, 1, 4, 13, current_date, '11:15:30.123456', '13:00', 104, 'Stock count at the warehouse; two pallets are still to be counted on Monday', NULL, 'M'),
  (2, 2, 5, 14, current_date, '14:00', '23:59:59.999999', 600, NULL, 'https://files.example.com/scans/2025/8842', 'M')"
  sql cloud "INSERT INTO learequest (org_id, learequest_id, staff_id, requestdate, fromdate, todate, leavetype, leaveremarks, source)
  SELECT 1, coalesce(max(learequest_id), 0) + 1, 6, current_date, current_date + 7, current_date + 9, 'CL', 'Family function', 'M' FROM learequest"
}

show_status() {
  run "$pgtide" status --map "$map"
  local view
  for view in cloud:_sync_metadata desktop:_reverse_sync_metadata; do
    sql "${view%%:*}" "SELECT table_name, last_sync_timestamp,
       EXTRACT(EPOCH FROM (NOW() - last_sync_timestamp))/3600 AS hours_ago
FROM ${view#*:} ORDER BY last_sync_timestamp DESC"
  done
}

say_how_to_go_on() {
  step "All of it is equal on both sides. How to go on"
  local settings=()
  if [[ $PWD != "$called_from" ]]; then settings+=("cd $(quoted "$PWD")"); fi
  settings+=("export PGTIDE_DESKTOP_URL=$PGTIDE_DESKTOP_URL"
    "export PGTIDE_CLOUD_URL=$PGTIDE_CLOUD_URL" "export PGTIDE_MAP=$map")
  local short=$pgtide
  if [[ $pgtide != ./* ]]; then
    settings+=("export PATH=$(quoted "${pgtide%/pgtide}"):\"\$PATH\"")
    short=pgtide
  fi
  printf '  %s\n' "${settings[@]}"
  printf '\n'
  printf '  %-40s %s\n' \
    "psql \"\$PGTIDE_DESKTOP_URL\"" "change something on the desktop ..." \
    "$short plan incremental" "... see what would be copied ..." \
    "$short sync incremental" "... and copy it" \
    "psql \"\$PGTIDE_CLOUD_URL\"" "enter something as the phones do (source 'M') ..." \
    "$short sync reverse" "... and copy it to the desktop" \
    "$short status" "how old each table is"
  say "  scripts/compare.sh \"\$PGTIDE_DESKTOP_URL\" \"\$PGTIDE_CLOUD_URL\""
  cat <<TEXT

The map is $map: every key is explained there.
The servers keep running. Their logs: $shown_state/desktop/log and $shown_state/cloud/log
To stop them and remove everything in them:  ${stop_prefix}scripts/quickstart.sh stop
TEXT
}

all_steps() {
  doing="making ready"
  trap 'report_failure $?' EXIT
  install_and_build
  start_clusters
  step "The monthly job: everything, from the desktop to the cloud"
  run "$pgtide" sync full --map "$map"
  step "A day's work on the desktop: two rows change, one is new"
  work_on_the_desktop
  step "The daily job: what changed, to the cloud"
  run "$pgtide" sync incremental --map "$map"
  step "A week's work on the phones: three entries in the work diary, one request for leave"
  work_on_the_phones
  step "The weekly job: what the phones entered, to the desktop"
  run "$pgtide" sync reverse --map "$map"
  sql desktop "SELECT wd_id, timefrom, timeto, tasknotes, doc_ref FROM workdiary ORDER BY wd_id DESC LIMIT 3"
  step "Is everything there?"
  show_status
  step "Both sides compared by plain SQL, without pgtide"
  shown "scripts/compare.sh \"\$PGTIDE_DESKTOP_URL\" \"\$PGTIDE_CLOUD_URL\"" \
    scripts/compare.sh "$PGTIDE_DESKTOP_URL" "$PGTIDE_CLOUD_URL"
  say_how_to_go_on
}

report_failure() {
  if (($1 == 0)); then return; fi
  printf '\nquickstart: FAILED with status %s at:\n  %s\n' "$1" "$doing"
  printf 'All that was printed: %s/output.log\n' "$state"
  local name
  for name in desktop cloud; do
    if [[ -e $state/$name/log ]]; then printf 'The log of the %s server: %s/%s/log\n' "$name" "$state" "$name"; fi
  done
}

stop_all() {
  local name found=0
  while IFS= read -r state; do
    if [[ ! -e $state/output.log || ! -O $state ]]; then continue; fi
    found=1
    for name in desktop cloud; do "$root/scripts/cluster.sh" remove "$state/$name"; done
    rm -f -- "$state/output.log"
    rmdir --ignore-fail-on-non-empty -- "$state"
    say "quickstart: removed the clusters of $state"
  done < <(places)
  if ((found == 0)); then say "quickstart: nothing to stop"; fi
}

called_from=$PWD
if [[ -n ${PGTIDE_QUICKSTART_DIR-} ]]; then PGTIDE_QUICKSTART_DIR=$(realpath -m -- "$PGTIDE_QUICKSTART_DIR"); fi
cd -- "$root"
case "${1-}" in
  "") ;;
  stop)
    stop_all
    exit 0
    ;;
  *)
    sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac

state=$(choose_place)
stop_prefix=""
if [[ -n ${PGTIDE_QUICKSTART_DIR-} ]]; then stop_prefix="PGTIDE_QUICKSTART_DIR=$(quoted "$state") "; fi
# Nothing of the caller's settings may lead to databases other than the two that are started here.
for variable in "${!PGTIDE_@}"; do
  if [[ $variable != PGTIDE_PG_BIN && $variable != PGTIDE_FSYNC ]]; then unset "$variable"; fi
done
unset PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE PGOPTIONS PGSSLMODE \
  PGSSLROOTCERT PGREQUIRESSL PGTZ PGDATESTYLE PGCLIENTENCODING PGTARGETSESSIONATTRS
export PSQLRC=/dev/null

if [[ ! -d $state ]]; then
  mkdir -p -- "${state%/*}"
  mkdir -m 700 -- "$state"
fi
[[ -O $state ]] || fail "$state belongs to somebody else"
exec 9<"$state"
flock -n 9 || fail "another quickstart of this clone is at work"
shown_state=${state#"$root/"}
map=tablemaps/practice.yaml
all_steps 2>&1 9<&- | tee -- "$state/output.log"
