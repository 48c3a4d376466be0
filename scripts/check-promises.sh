#!/usr/bin/env bash
# Fails if docs/INVARIANTS.md names a test that does not exist, or gives one number to two promises. Prints each.
set -euo pipefail

cd -- "${1:-$(dirname -- "${BASH_SOURCE[0]}")/..}"
promises=docs/INVARIANTS.md
# shellcheck disable=SC2016  # the backticks are Markdown's
named='`[A-Z][A-Za-z]+\.[A-Z][A-Za-z0-9]+`'
wrong=0

while IFS= read -r name; do
  suite=${name%%.*} test=${name#*.}
  if grep -rqE --include='*.cpp' "^TEST(_F|_P)?\($suite, $test\)" tests; then continue; fi
  printf 'check-promises: %s names %s, which is no test\n' "$promises" "$name" >&2
  wrong=1
done < <(grep -oE "$named" "$promises" | tr -d '`' | grep -v '^Suite\.Name$' | sort -u)

while IFS= read -r number; do
  printf 'check-promises: %s has %s twice\n' "$promises" "$number" >&2
  wrong=1
done < <(grep -oE '^\*\*I[0-9]+\.' "$promises" | sort | uniq -d | tr -d '*.')

exit "$wrong"
