#!/usr/bin/env bash
# The quickstart as a newcomer runs it, twice, and then its end. Servers and data are its own.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
PGTIDE_QUICKSTART_DIR=$(mktemp -d)
export PGTIDE_QUICKSTART_DIR
trap 'bash "$root/scripts/quickstart.sh" stop >/dev/null 2>&1 || true; rm -rf -- "$PGTIDE_QUICKSTART_DIR"' EXIT
cd /
bash "$root/scripts/quickstart.sh" </dev/null
bash "$root/scripts/quickstart.sh" </dev/null
bash "$root/scripts/quickstart.sh" stop </dev/null
