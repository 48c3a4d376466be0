#!/usr/bin/env bash
# Installs what building, testing and running pgtide needs on Debian 12. Asks nothing; where all of it is there
# already it changes nothing and is done at once.
#
#   scripts/install.sh                everything: compiler, libraries, test tools, PostgreSQL 15, pgbouncer, npm, Python
#   scripts/install.sh --build-only   what the executable alone needs (configure with -DPGTIDE_TESTS=OFF)
#
# Runs as root, or as a user with sudo. No database cluster is created and no service is started or left running.
set -euo pipefail

build_packages=(
  g++ cmake ninja-build pkg-config git ca-certificates
  libpq-dev libpqxx-dev libboost1.81-dev libyaml-cpp-dev libspdlog-dev libfmt-dev libcli11-dev nlohmann-json3-dev
)
test_packages=(
  libgtest-dev libgmock-dev libbenchmark-dev
  postgresql-15 postgresql-client-15 pgbouncer shellcheck python3
)
# For the other versions of PostgreSQL, scripts/postgres-version.sh. Not where npm came in another way, with a nodejs of
# somebody else's: Debian's npm does not go with that.
if ! command -v npm >/dev/null; then test_packages+=(npm); fi

say() { printf 'install: %s\n' "$*"; }
fail() {
  printf 'install: %s\n' "$*" >&2
  exit 1
}

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

is_missing() { [[ " ${missing[*]} " == *" $1 "* ]]; }

find_missing() {
  local package
  missing=()
  for package in "${packages[@]}"; do
    is_installed "$package" || missing+=("$package")
  done
}

# Sets as_root to what stands before a command that needs root.
become_root() {
  as_root=(env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1)
  if ((EUID == 0)); then return; fi
  local by_hand="As root: apt-get install ${missing[*]}"
  command -v sudo >/dev/null || fail "needs root, and there is no sudo here. $by_hand"
  if sudo -n true 2>/dev/null; then
    as_root=(sudo -n "${as_root[@]}")
  elif { : </dev/tty; } 2>/dev/null; then
    say "sudo may ask for your password"
    sudo true || fail "sudo refused. $by_hand"
    as_root=(sudo "${as_root[@]}")
  else
    fail "sudo would ask for a password, and there is no terminal to type it in. $by_hand"
  fi
}

apt() {
  "${as_root[@]}" apt-get -q -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "$@" </dev/null
}

update_lists() {
  local try
  for try in 1 2 3 4; do
    if apt -o APT::Update::Error-Mode=any update; then return; fi
    say "apt-get update failed, try $try of 4"
    if ((try < 4)); then sleep $((try * 5)); fi
  done
  say "going on with the package lists that are there"
}

# Files that keep packages from starting anything while they are unpacked; removed again, whatever happens.
temporary=()
remove_temporary() {
  if ((${#temporary[@]} > 0)); then "${as_root[@]}" rm -f "${temporary[@]}"; fi
}

# temporary_file PATH MODE: writes stdin there. A file that somebody else put there is left as it is.
temporary_file() {
  if [[ -e $1 ]]; then return; fi
  temporary+=("$1")
  "${as_root[@]}" mkdir -p "${1%/*}"
  "${as_root[@]}" tee "$1" >/dev/null
  "${as_root[@]}" chmod "$2" "$1"
}

keep_services_quiet() {
  if is_missing postgresql-15; then
    temporary_file /etc/postgresql-common/createcluster.d/pgtide-install.conf 644 <<<'create_main_cluster = false'
  fi
  if is_missing pgbouncer; then
    temporary_file /usr/sbin/policy-rc.d 755 <<'SCRIPT'
#!/bin/sh
# Written by pgtide's scripts/install.sh for the time of one apt-get: pgbouncer is not to be started.
case "$*" in *pgbouncer*) exit 101 ;; esac
exit 0
SCRIPT
  fi
}

# Only for a pgbouncer that this call installed.
stop_pgbouncer() {
  if [[ -d /run/systemd/system ]]; then
    "${as_root[@]}" systemctl disable --now --quiet pgbouncer || fail "could not stop pgbouncer"
  elif [[ -x /etc/init.d/pgbouncer ]]; then
    "${as_root[@]}" /etc/init.d/pgbouncer stop >/dev/null 2>&1 || true
  fi
}

packages=("${build_packages[@]}" "${test_packages[@]}")
case "${1-}" in
  "") ;;
  --build-only) packages=("${build_packages[@]}") ;;
  -h | --help)
    sed -n '2,8s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
  *) fail "unknown option $1 (there is --build-only)" ;;
esac

if [[ ! -x /usr/bin/apt-get || ! -x /usr/bin/dpkg-query ]]; then
  fail "this is no Debian. Install the likes of: ${packages[*]}"
fi

find_missing
if ((${#missing[@]} == 0)); then
  say "all ${#packages[@]} packages are there"
  exit 0
fi

become_root
say "installing ${missing[*]}"
trap remove_temporary EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
update_lists
keep_services_quiet
apt install -y --no-install-recommends -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
  "${missing[@]}" || fail "apt-get install failed, see above"
if is_missing pgbouncer; then stop_pgbouncer; fi

find_missing
((${#missing[@]} == 0)) || fail "still missing: ${missing[*]}"
say "done, ${#packages[@]} packages are there"
