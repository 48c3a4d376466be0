# shellcheck shell=bash
# What the scripts share: where the clone is, how to speak, how to build. Sourced, never run.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)

say() { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
fail() {
  warn "$*"
  exit 1
}

# A short name for this clone, the same every time: for folders outside the clone.
clone_key() { printf '%s' "$root" | cksum | cut -d ' ' -f 1; }

# How many compilers may run at once: one a core, each with 1.5 GB of the memory that is free.
build_jobs() {
  local cores free_kb jobs
  cores=$(nproc)
  free_kb=$(awk '$1 == "MemAvailable:" {print $2}' /proc/meminfo)
  jobs=$((${free_kb:-1572864} / 1572864))
  if ((jobs > cores)); then jobs=$cores; fi
  if ((jobs < 1)); then jobs=1; fi
  printf '%s\n' "$jobs"
}

# The release build: build/ in the clone, or in the user's cache where the clone may only be read.
build_dir() {
  if [[ -w $root && (! -e $root/build || -w $root/build) ]]; then
    printf '%s\n' "$root/build"
  else
    printf '%s\n' "${XDG_CACHE_HOME:-${HOME:-/var/tmp}/.cache}/pgtide/build-$(clone_key)"
  fi
}

# configure_release DIR: prepares the release build in DIR.
configure_release() {
  local dir=$1 fresh=()
  # A build folder that came along with a copied clone points at the old place: start it anew.
  if [[ -f $dir/CMakeCache.txt ]] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$dir/CMakeCache.txt"; then
    fresh=(--fresh)
  fi
  (cd "$root" && cmake --preset release -B "$dir" "${fresh[@]}")
}

# compile DIR [TARGET]: builds everything, or one target.
compile() {
  cmake --build "$1" --parallel "$(build_jobs)" ${2:+--target "$2"}
}
