#!/usr/bin/env bash
# Compares the sample pair by SQL of its own, without pgtide: for every table of tablemaps/practice.yaml the number of
# rows and an md5 over their ordered text, of all columns that both sides have but the time stamps. Exit 1 if anything
# differs.
#   scripts/compare.sh DESKTOP_URL CLOUD_URL
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

# The side that is read; the desktop's table; the cloud's; what stands in the target in place of a source column.
pairs='desktop;orgmaster;orgmaster
desktop;locmaster;locmaster
desktop;conmaster;conmaster
desktop;climaster;climaster
desktop;cliunimaster;cliunimaster
desktop;taskmaster;taskmaster
desktop;jobmaster;jobmaster
desktop;mbstaff;mbstaff
desktop;jobshead;jobshead
desktop;mbreminder;reminder
desktop;mbremdetail;remdetail
desktop;jobtasks;jobtasks;client_id=(SELECT min(h.client_id) FROM jobshead h WHERE h.job_id = jobtasks.job_id)
desktop;taskchecklist;taskchecklist
desktop;mbjobreviewnotes;mbjobreviewnotes
desktop;mbjobreviewresponse;mbjobreviewresponse
cloud;workdiary;workdiary;timefrom=date + timefrom;timeto=date + timeto;tasknotes=left(tasknotes, 50);doc_ref=left(doc_ref, 15)
cloud;learequest;learequest'

(($# == 2)) || fail "takes the desktop's URL and the cloud's"
desktop_url=$1
cloud_url=$2

ask() { PSQLRC=/dev/null psql "$1" -v ON_ERROR_STOP=1 -Atq -c "$2"; }

columns_of() {
  ask "$1" "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '$2'
            AND column_name NOT IN ('created_at', 'updated_at') ORDER BY column_name COLLATE \"C\""
}

# summary URL TABLE CONDITION EXPRESSIONS: rows and md5, with a blank between them.
summary() {
  ask "$1" "SELECT count(*) || ' ' || md5(coalesce(string_agg(line, E'\\n' ORDER BY line COLLATE \"C\"), ''))
            FROM (SELECT ROW($4)::text AS line FROM public.\"$2\" WHERE $3) AS t"
}

map=$root/tablemaps/practice.yaml
while IFS= read -r table; do
  cut -d ';' -f 2,3 <<<"$pairs" | tr ';' '\n' | grep -qxF -- "$table" || fail "$map has a table $table that is not compared here"
done < <(sed -nE 's/^  - (desktop|cloud): *"?([^" #]+).*/\2/p' "$map")

different=0
printf '%-14s %-14s %8s %8s  %s\n' desktop cloud rows rows contents
while IFS=';' read -r from desktop cloud computed; do
  names=$(comm -12 <(columns_of "$desktop_url" "$desktop") <(columns_of "$cloud_url" "$cloud"))
  [[ -n $names ]] || fail "$desktop and $cloud have no column in common: is a table missing?"
  plain=""
  as_written=""
  while IFS= read -r name; do
    expression="\"$name\""
    while IFS='=' read -r column replacement; do
      if [[ $column == "$name" ]]; then expression=$replacement; fi
    done < <(tr ';' '\n' <<<"$computed")
    plain+="${plain:+, }\"$name\""
    as_written+="${as_written:+, }$expression"
  done <<<"$names"

  # Rows that were born on a phone are not the desktop's to send.
  if [[ $from == desktop ]]; then
    here=$(summary "$desktop_url" "$desktop" "source IS DISTINCT FROM 'M'" "$as_written")
    there=$(summary "$cloud_url" "$cloud" "source IS DISTINCT FROM 'M'" "$plain")
  else
    here=$(summary "$desktop_url" "$desktop" true "$plain")
    there=$(summary "$cloud_url" "$cloud" true "$as_written")
  fi
  verdict=equal
  if [[ $here != "$there" ]]; then
    verdict=DIFFERENT
    different=$((different + 1))
  fi
  printf '%-14s %-14s %8s %8s  %s\n' "$desktop" "$cloud" "${here% *}" "${there% *}" "$verdict"
done <<<"$pairs"

if ((different > 0)); then fail "$different tables differ"; fi
