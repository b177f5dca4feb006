#!/usr/bin/env bash
# Checks that every patch under Tests/SeededBugs applies to the middlebox as it is now, says what it expects, and yields C that compiles
# without a warning: a seeded bug must look like one that a person could have made. Whether `verify` finds them is for `make test`.
#
# usage: Scripts/check-seeded-bugs.sh
set -euo pipefail
cd "$(dirname "$0")/.."

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
failures=0
count=0
for bug in Tests/SeededBugs/*/*.patch; do
    name="$(basename "$(dirname "$bug")")"
    count=$((count + 1))
    complain() {
        echo "$bug: $1" >&2
        failures=$((failures + 1))
    }
    grep -qE '^# expect: refuted [a-z_0-9]+( alone)?$' "$bug" || complain "no line '# expect: refuted PROPERTY'"
    # No fuzz: a patch that fits only somehow may have become another bug.
    if ! patch --quiet --fuzz=0 --output="$work/$name.c" "Middleboxes/$name/$name.c" "$bug" >"$work/log"; then
        complain "does not apply: $(cat "$work/log")"
    elif ! clang-19 -std=c17 -Wall -Wextra -Werror -Wno-address-of-packed-member -IMiddleboxes/include -c "$work/$name.c" \
        -o "$work/$name.o" 2>"$work/log"; then
        complain "does not compile: $(cat "$work/log")"
    fi
done
[ "$count" -gt 0 ] || complain "there are no patches"
echo "$count seeded bugs, $failures complaints"
[ "$failures" -eq 0 ]
