#!/usr/bin/env bash
# Throw-away PostgreSQL clusters, for the quickstart, the tests and the benchmarks.
#
#   scripts/cluster.sh start DIR [--port N|auto] [-c NAME=VALUE]...   prints the URL once the server is ready
#   scripts/cluster.sh stop DIR [--immediate]                        --immediate: as in a crash
#   scripts/cluster.sh url DIR [DBNAME]
#   scripts/cluster.sh status DIR                                    exit 0 running, 3 stopped, 4 no cluster
#   scripts/cluster.sh remove DIR                                    stops the server and deletes the cluster
#   scripts/cluster.sh standby DIR PRIMARY [--port N|auto] [-c NAME=VALUE]...
#                                                                    makes and starts a hot standby of another cluster
#   scripts/cluster.sh save DIR NAME                                 copies the data of a stopped cluster aside
#   scripts/cluster.sh restore DIR NAME                              puts that copy in their place, as often as wanted
#   scripts/cluster.sh run DIR PROGRAM [ARGUMENT]...                 a program of that PostgreSQL in the data folder, as
#                                                                    the server's user: pg_resetwal, pg_controldata
#
# A cluster listens on 127.0.0.1 only and trusts whoever connects; its superuser is postgres. It keeps its port and
# its settings when it is started again. DIR holds the log and links to the data and the socket; these lie in a folder
# of their own below TMPDIR, /tmp or /var/tmp, because a server that root starts runs as another user, and that user
# has to reach them. fsync is off unless PGTIDE_FSYNC=on. PGTIDE_PG_BIN names the folder of another PostgreSQL.
set -euo pipefail

fail() {
  printf 'cluster: %s\n' "$*" >&2
  exit 1
}
usage() {
  sed -n '2,19s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
  exit 2
}

# Sets as_server to what stands before a command of the server's: a server refuses to run as root.
choose_server_user() {
  as_server=()
  server_user=$(id -un)
  if ((EUID != 0)); then return; fi
  for server_user in postgres nobody; do
    local group
    group=$(id -g "$server_user" 2>/dev/null) || continue
    as_server=(setpriv "--reuid=$server_user" "--regid=$group" --clear-groups)
    if "${as_server[@]}" true 2>/dev/null; then return; fi
  done
  fail "a server does not run as root, and neither postgres nor nobody can be switched to here"
}

find_binaries() {
  local found candidates=()
  if [[ -n ${PGTIDE_PG_BIN-} ]]; then
    candidates=("$PGTIDE_PG_BIN")
  else
    if [[ -s $dir/binaries ]]; then candidates+=("$(<"$dir/binaries")"); fi
    if found=$(command -v postgres); then candidates+=("$(dirname -- "$(readlink -f -- "$found")")"); fi
    while IFS= read -r found; do candidates+=("$found"); done < <(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV)
  fi
  for binaries in "${candidates[@]}"; do
    if "${as_server[@]}" test -x "$binaries/postgres" -a -x "$binaries/initdb"; then return; fi
  done
  fail "no postgres and initdb that user $server_user can run in: ${candidates[*]} (scripts/install.sh installs them)"
}

# Makes the folder for data and socket: one that the server's user can reach, with a short path (a socket's path is
# limited to 107 bytes).
make_home() {
  local base
  for base in "${TMPDIR-}" /tmp /var/tmp; do
    if [[ -z $base || ! -d $base || ! -w $base || ${#base} -gt 50 ]]; then continue; fi
    home=$(mktemp -d "$(cd -- "$base" && pwd -P)/pgtide-cluster.XXXXXX")
    if ((EUID == 0)); then chown "$server_user:" "$home"; fi
    if "${as_server[@]}" test -w "$home"; then return; fi
    rmdir "$home"
  done
  fail "user $server_user can write neither below TMPDIR nor in /tmp nor in /var/tmp"
}

delete_home() {
  if [[ $home == */pgtide-cluster.?????? && -d $home ]]; then rm -rf -- "$home"; fi
}

prepare_folders() {
  make_home
  printf '%s\n' "$home" >"$dir/.pgtide-cluster"
  printf '%s\n' "$binaries" >"$dir/binaries"
  rm -f -- "$dir/port" "$dir/settings"
  ln -sfn "$home/data" "$dir/data"
  ln -sfn "$home/socket" "$dir/socket"
  : >"$dir/log"
  (cd "$home" && "${as_server[@]}" mkdir -m 700 socket)
}

# The data get their name once they are complete: a half-made cluster is not taken for one.
make_cluster() {
  local locale=C
  if [[ $(LC_ALL=C.UTF-8 locale charmap 2>/dev/null) == UTF-8 ]]; then locale=C.UTF-8; fi
  prepare_folders
  (
    cd "$home"
    "${as_server[@]}" "$binaries/initdb" -D "$home/new" -U postgres --auth=trust --encoding=UTF8 "--locale=$locale" \
      --no-sync
  ) >>"$dir/log" 2>&1 </dev/null || fail "initdb failed, see $dir/log"
  mv "$home/new" "$home/data"
}

# make_standby PRIMARY: of a server that runs by pg_basebackup, of a stopped one by copying its data.
make_standby() {
  local primary=$1
  if [[ -e $dir/.pgtide-cluster || -n $(ls -A -- "$dir") ]]; then fail "$dir is not empty"; fi
  [[ -s $primary/port && -d $primary/data/ ]] || fail "no cluster that was ever started in $primary"
  prepare_folders
  if [[ -s $primary/settings ]]; then cp -- "$primary/settings" "$dir/settings"; fi
  keep_setting "primary_conninfo=host=127.0.0.1 port=$(<"$primary/port") user=postgres"
  if port_is_taken "$(<"$primary/port")"; then
    (cd "$home" && "${as_server[@]}" "$binaries/pg_basebackup" -h 127.0.0.1 -p "$(<"$primary/port")" -U postgres \
      -D "$home/new" --checkpoint=fast --no-sync) >>"$dir/log" 2>&1 </dev/null || fail "pg_basebackup failed, see $dir/log"
  else
    cp -a -- "$primary/data/." "$home/new"
    rm -f -- "$home/new/postmaster.pid"
  fi
  (cd "$home" && "${as_server[@]}" touch new/standby.signal)
  mv "$home/new" "$home/data"
}

# Reads where the cluster of DIR is. False if there is none, or only what is left of one.
locate() {
  home=$(cat -- "$dir/.pgtide-cluster" 2>/dev/null) || return 1
  if [[ -d $home && $EUID != 0 && ! -O $home ]]; then fail "$dir belongs to user $(stat -c %U -- "$home")"; fi
  [[ -f $home/data/PG_VERSION ]]
}

works_in_data() { [[ $(readlink -- "/proc/$1/cwd") == "$home/data" ]]; }

# Sets pid. True only for a server that works in this very data folder: a number left in postmaster.pid after a crash
# may belong to anybody by now.
is_running() {
  pid=$(head -n 1 -- "$home/data/postmaster.pid" 2>/dev/null) || return 1
  [[ $pid =~ ^[1-9][0-9]*$ ]] && works_in_data "$pid"
}

is_ready() { [[ $(sed -n 8p "$home/data/postmaster.pid" 2>/dev/null) == ready* ]]; }

print_url() { printf 'postgresql://postgres@127.0.0.1:%s/%s\n' "$(<"$dir/port")" "${1:-postgres}"; }

setting() {
  local value=${2//\\/\\\\}
  printf "%s = '%s'\n" "$1" "${value//\'/\'\'}"
}

# Adds NAME=VALUE to the settings that DIR keeps, in place of an older value.
keep_setting() {
  local name=${1%%=*} kept=""
  if [[ -s $dir/settings ]]; then kept=$(grep -v "^$name = " -- "$dir/settings" || true); fi
  { if [[ -n $kept ]]; then printf '%s\n' "$kept"; fi; setting "$name" "${1#*=}"; } >"$dir/settings.new"
  mv -- "$dir/settings.new" "$dir/settings"
}

write_configuration() {
  local conf=$home/data/postgresql.conf durable=off
  if [[ ${PGTIDE_FSYNC-} == on ]]; then durable=on; fi
  {
    setting listen_addresses 127.0.0.1
    setting port "$1"
    setting unix_socket_directories "$home/socket"
    setting fsync "$durable"
    setting full_page_writes "$durable"
    setting timezone UTC
    setting log_timezone UTC
    setting log_line_prefix '%m [%p] %q%u@%d '
    if [[ -s $dir/settings ]]; then cat -- "$dir/settings"; fi
  } >"$home/data/pgtide.conf"
  chmod 644 "$home/data/pgtide.conf"
  grep -q '^include = ' "$conf" || printf "include = 'pgtide.conf'\n" >>"$conf"
}

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range that the kernel gives to outgoing connections.
random_port() { printf '%s\n' $((15000 + (RANDOM * 32768 + RANDOM) % 15000)); }

# After a crash: waits for the last processes of the server that is gone, then removes what a new one would stumble
# over if another process has got the old number by now.
clear_crash() {
  local attempts
  if [[ ! -f $home/data/postmaster.pid ]]; then return; fi
  for ((attempts = 0; attempts < 400; attempts++)); do
    if [[ -z $(find /proc -maxdepth 2 -name cwd -lname "$home/data" 2>/dev/null) ]]; then
      rm -f -- "$home/data/postmaster.pid" "$home/socket"/.s.PGSQL.*
      return
    fi
    sleep 0.025
  done
  fail "processes of a server that crashed are still at work in $home/data"
}

# launch PORT: true once the server is ready. On failure complaint holds what the server said.
launch() {
  local log_size server attempts
  write_configuration "$1"
  clear_crash
  log_size=$(stat -c %s -- "$dir/log")
  (
    cd "$home/data"
    exec setsid "${as_server[@]}" "$binaries/postgres" -D "$home/data" 9<&-
  ) >>"$dir/log" 2>&1 </dev/null &
  server=$!
  # Up to two minutes: a server that crashed reads its log first.
  for ((attempts = 0; attempts < 4800; attempts++)); do
    if is_running && is_ready; then return 0; fi
    if ! kill -0 "$server" 2>/dev/null; then break; fi
    sleep 0.025
  done
  complaint=$(tail -c "+$((log_size + 1))" -- "$dir/log" | tail -n 15)
  return 1
}

# start [--standby-of PRIMARY] ...
start() {
  local port="" wanted=auto settings=() attempts primary=""
  if [[ ${1-} == --standby-of ]]; then
    primary=$(cd -- "${2:?}" && pwd -P)
    shift 2
  fi
  while (($# > 0)); do
    case "$1" in
      --port) wanted=${2-} ;;
      -c)
        [[ ${2-} =~ ^[a-z_][a-z0-9_.]*= && $2 != *$'\n'* ]] || fail "-c takes NAME=VALUE, not '${2-}'"
        settings+=("$2")
        ;;
      *) usage ;;
    esac
    shift "$(($# > 1 ? 2 : 1))"
  done
  [[ $wanted == auto || $wanted =~ ^[1-9][0-9]{1,4}$ ]] || fail "--port takes a number or auto, not '$wanted'"
  mkdir -p -- "$dir"
  dir=$(cd -- "$dir" && pwd -P)
  exec 9<"$dir"
  flock 9
  choose_server_user
  if [[ -n $primary && -z ${PGTIDE_PG_BIN-} && -s $primary/binaries ]]; then PGTIDE_PG_BIN=$(<"$primary/binaries"); fi
  find_binaries
  if [[ -n $primary ]]; then
    make_standby "$primary"
  elif ! locate; then
    if [[ -e $dir/.pgtide-cluster ]]; then
      delete_home
    elif [[ -n $(ls -A -- "$dir") ]]; then
      fail "$dir is no cluster, and not empty"
    fi
    make_cluster
  fi
  if is_running; then
    is_ready || fail "the server in $dir is starting or stopping, see $dir/log"
    if [[ $wanted != auto && $wanted != "$(<"$dir/port")" ]]; then fail "already running on port $(<"$dir/port")"; fi
    for setting in "${settings[@]}"; do
      if ! grep -qxF -- "$(setting "${setting%%=*}" "${setting#*=}")" "$dir/settings" 2>/dev/null; then
        printf 'cluster: already running, -c %s has no effect\n' "$setting" >&2
      fi
    done
    print_url
    return
  fi
  for setting in "${settings[@]}"; do keep_setting "$setting"; done

  if [[ $wanted != auto ]]; then
    port=$wanted
  elif [[ -s $dir/port ]]; then
    port=$(<"$dir/port")
  fi
  for ((attempts = 0; attempts < 20; attempts++)); do
    if [[ -z $port ]] || port_is_taken "$port"; then
      if [[ $wanted != auto ]]; then fail "port $wanted is taken"; fi
      port=$(random_port)
      continue
    fi
    if launch "$port"; then
      printf '%s\n' "$port" >"$dir/port"
      print_url
      return
    fi
    case "$complaint" in
      *"could not bind"* | *"Address already in use"*) ;;
      *) break ;;
    esac
  done
  printf '%s\n' "${complaint-}" >&2
  fail "the server did not start, see $dir/log"
}

stop() {
  local signal=INT attempts
  case "${1-}" in
    "") ;;
    --immediate) signal=QUIT ;;
    *) usage ;;
  esac
  if ! locate || ! is_running; then return; fi
  kill -s "$signal" "$pid"
  for ((attempts = 0; attempts < 2400; attempts++)); do
    if ! works_in_data "$pid"; then return; fi
    if ((attempts == 1200)); then kill -s QUIT "$pid" || true; fi # half a minute is enough for good manners
    sleep 0.025
  done
  fail "the server in $dir, process $pid, does not stop"
}

remove() {
  if [[ ! -e $dir/.pgtide-cluster ]]; then
    if [[ -e $dir && -n $(ls -A -- "$dir") ]]; then fail "$dir is no cluster"; fi
  else
    stop --immediate
    delete_home
    (cd -- "$dir" && rm -f -- .pgtide-cluster binaries port settings log data socket)
  fi
  if [[ -d $dir ]]; then rmdir --ignore-fail-on-non-empty -- "$dir"; fi
}

# The cluster of DIR must be there, and its server not running.
need_stopped() {
  locate || fail "no cluster in $dir"
  if is_running; then fail "the server in $dir is running: stop it first"; fi
}

# replace_copy FROM TO: the copy gets its name once it is complete.
replace_copy() {
  rm -rf -- "$2.new"
  cp -a --reflink=auto -- "$1" "$2.new"
  rm -rf -- "$2"
  mv -- "$2.new" "$2"
}

copy_data() {
  [[ ${2-} =~ ^[a-z0-9_]+$ ]] || fail "a copy's name has small letters, digits and _, not '${2-}'"
  need_stopped
  clear_crash
  if [[ $1 == save ]]; then
    replace_copy "$home/data" "$home/saved-$2"
  else
    [[ -d $home/saved-$2 ]] || fail "no copy $2 of $dir"
    replace_copy "$home/saved-$2" "$home/data"
  fi
}

run_program() {
  locate || fail "no cluster in $dir"
  choose_server_user
  find_binaries
  [[ -x $binaries/${1-} ]] || fail "no program ${1-} in $binaries"
  cd "$home/data"
  PGDATA=$home/data exec "${as_server[@]}" "$binaries/$1" "${@:2}"
}

status() {
  if ! locate; then
    printf 'no cluster in %s\n' "$dir"
    exit 4
  elif ! is_running; then
    printf 'stopped\n'
    exit 3
  fi
  printf 'running, process %s, %s\n' "$pid" "$(print_url)"
}

(($# >= 2)) || usage
command=$1
dir=$2
shift 2
# "stop --immediate DIR" reads as well as "stop DIR --immediate".
if [[ $dir == --immediate && $# -gt 0 ]]; then
  dir=$1
  set -- --immediate "${@:2}"
fi
home=""
pid=""
case "$command" in
  start) start "$@" ;;
  stop) stop "$@" ;;
  remove) remove ;;
  standby)
    (($# > 0)) || usage
    start --standby-of "$@"
    ;;
  save | restore) copy_data "$command" "$@" ;;
  run) run_program "$@" ;;
  status) status ;;
  url)
    if ! locate || [[ ! -s $dir/port ]]; then fail "no cluster in $dir"; fi
    print_url "${1-}"
    ;;
  *) usage ;;
esac
