#!/usr/bin/env bash
# The daily job: what changed on the desktop since the last run, to the cloud. Arguments go on to pgtide sync.
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/scripts/run-sync.sh" incremental "$@"
