#!/usr/bin/env bash
# What sync-full.sh, sync-incremental.sh and sync-reverse.sh do: read pgtide.env beside them, find pgtide, and become
# `pgtide sync MODE ARGUMENTS`, in their own folder, so that ./tablemaps is found under cron too. The exit status is
# pgtide's; 3 if there is no executable or pgtide.env cannot be read.
set -euo pipefail

configuration_error() {
  printf 'pgtide: %s\n' "$*" >&2
  exit 3
}

is_in_environment() { [[ -v $1 && ${!1@a} == *x* ]]; }

# Lines of KEY=VALUE, taken literally but for one pair of quotes around the value; # begins a comment line. A variable
# that the environment has already keeps its value.
read_env_file() {
  local file=$1 line key value number=0
  [[ -r $file ]] || configuration_error "cannot read $file"
  if (($((8#$(stat -L -c %a -- "$file"))) & 8#004)); then
    printf 'pgtide: warning: %s can be read by every user of this machine: chmod 600 %q\n' "$file" "$file" >&2
  fi
  while IFS= read -r line || [[ -n $line ]]; do
    number=$((number + 1))
    line=${line%$'\r'}
    if [[ $line =~ ^[[:space:]]*(#.*)?$ ]]; then continue; fi
    [[ $line =~ ^[[:space:]]*(export[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$ ]] ||
      configuration_error "$file:$number: expected KEY=VALUE"
    key=${BASH_REMATCH[2]}
    value=${BASH_REMATCH[3]}
    value=${value%"${value##*[![:space:]]}"}
    if [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]]; then value=${BASH_REMATCH[1]}; fi
    if ! is_in_environment "$key"; then declare -gx "$key=$value"; fi
  done <"$file"
}

find_pgtide() {
  if [[ -n ${PGTIDE_BIN-} ]]; then
    pgtide=$PGTIDE_BIN
    [[ -f $pgtide && -x $pgtide ]] || configuration_error "PGTIDE_BIN is no executable: $pgtide"
  elif [[ -x build/pgtide ]]; then
    pgtide=build/pgtide
  else
    pgtide=$(command -v pgtide) ||
      configuration_error "no pgtide: build it (cmake --preset release && cmake --build build) in $PWD, or set PGTIDE_BIN"
  fi
}

cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.."
if [[ -e pgtide.env ]]; then read_env_file "$PWD/pgtide.env"; fi
find_pgtide
exec "$pgtide" sync "$@"
