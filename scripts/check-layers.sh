#!/usr/bin/env bash
# Fails if a file under engine/ includes what its layer may not know: a header of a layer above its own, a library that
# belongs to one folder, or threads outside the few files that may start them. Prints each violation.
set -euo pipefail

# A folder may include itself and every folder on its own and on an earlier line.
layers="core
config postgres
catalog state capture
plan
pipeline
verify doctor mapping
report
service
cli"

# Headers that only some files below engine/ may include: the headers ; these files ; what to tell.
owners='^(pqxx|libpq)(/|$)|^libpq-fe[.]h$ ; ^postgres/ ; engine/postgres
^yaml-cpp/ ; ^config/ ; engine/config
^CLI/ ; ^cli/ ; engine/cli
^nlohmann/ ; ^report/ ; engine/report
^thread$|^boost/(asio|beast)([/.]|$) ; ^pipeline/(lanes|chunk_stream|run_lock|side_by_side)[.]|^cli/signals[.]|^service/ ; engine/service, pipeline/lanes, pipeline/chunk_stream, pipeline/run_lock, pipeline/side_by_side and cli/signals'
export layers owners

cd -- "${1:-$(dirname -- "${BASH_SOURCE[0]}")/..}"
if [[ ! -d engine ]]; then
  printf 'check-layers: no engine folder in %s\n' "$PWD" >&2
  exit 1
fi
violations=$(mktemp)
trap 'rm -f -- "$violations"' EXIT

# shellcheck disable=SC2016  # the $ are awk's
find engine -type f \( -name '*.cpp' -o -name '*.hpp' -o -name '*.h' -o -name '*.ipp' \) -print0 | sort -z |
  xargs -0 -r awk '
    BEGIN {
      lines = split(ENVIRON["layers"], line, "\n")
      for (i = 1; i <= lines; i++) {
        folders = split(line[i], folder, " ")
        for (j = 1; j <= folders; j++) rank[folder[j]] = i
      }
      rules = split(ENVIRON["owners"], rule, "\n")
      for (i = 1; i <= rules; i++) {
        split(rule[i], part, / ; /)
        header_of[i] = part[1]
        owner_of[i] = part[2]
        told[i] = part[3]
      }
    }
    FNR == 1 {
      path = substr(FILENAME, length("engine/") + 1)
      own = path ~ /\// ? substr(path, 1, index(path, "/") - 1) : ""
      if (own != "" && !(own in rank)) print FILENAME ": engine/" own " is in no layer (scripts/check-layers.sh lists them)"
    }
    match($0, /^[ \t]*#[ \t]*include[ \t]*[<"][^>"]+[>"]/) {
      header = substr($0, RSTART, RLENGTH)
      sub(/^[^<"]*[<"]/, "", header)
      sub(/[>"]$/, "", header)
      where = FILENAME ":" FNR ": "
      if (header ~ /^engine\/[^\/]+\//) {
        split(header, step, "/")
        if (!(step[2] in rank)) print where "includes engine/" step[2] ", which is in no layer"
        else if (own in rank && rank[own] < rank[step[2]]) print where "engine/" own " includes engine/" step[2] ", a layer above it"
      }
      for (i = 1; i <= rules; i++)
        if (header ~ header_of[i] && path !~ owner_of[i]) print where "includes <" header ">, which belongs in " told[i]
    }' >"$violations"

if [[ -s $violations ]]; then
  cat -- "$violations"
  exit 1
fi
