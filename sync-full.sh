#!/usr/bin/env bash
# The monthly job: every table is compared as a whole, desktop to cloud. Arguments go on to pgtide sync.
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/scripts/run-sync.sh" full "$@"
