#!/usr/bin/env bash
# The weekly job: what was entered on the phones, from the cloud to the desktop. Arguments go on to pgtide sync.
exec "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/scripts/run-sync.sh" reverse "$@"
