#!/usr/bin/env bash
# The steps of action.yml: `action.sh setup` makes `verify` available to the steps behind it, `action.sh verify` runs it.
#
# The inputs of the second are in GRAVEL_MIDDLEBOXES, GRAVEL_ARGUMENTS, GRAVEL_BASELINE and GRAVEL_SARIF. It ends as `verify` does, and writes
# the status, and the name of the SARIF report where there is one, to GITHUB_OUTPUT.
set -euo pipefail

repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly repository

setup() {
    if command -v verify >/dev/null; then
        echo "Using $(command -v verify)"
        return
    fi
    make -C "$repository" build
    echo "$repository/.build/release" >>"$GITHUB_PATH"
}

run_verify() {
    local words options=() status=0
    # Words between blanks, and nothing else: no patterns, no commands.
    read -r -d '' -a words <<<"${GRAVEL_MIDDLEBOXES:-} ${GRAVEL_ARGUMENTS:-}" || true
    if [ -n "${GRAVEL_SARIF:-}" ]; then
        options+=(--output "sarif=$GRAVEL_SARIF")
        # That of an earlier step would be taken for this one's.
        rm -f "$GRAVEL_SARIF"
    fi
    if [ -n "${GRAVEL_BASELINE:-}" ]; then options+=(--baseline "$GRAVEL_BASELINE"); fi
    verify "${words[@]}" "${options[@]}" || status=$?
    echo "status=$status" >>"$GITHUB_OUTPUT"
    if [ -n "${GRAVEL_SARIF:-}" ] && [ -f "$GRAVEL_SARIF" ]; then echo "sarif=$GRAVEL_SARIF" >>"$GITHUB_OUTPUT"; fi
    return "$status"
}

case "${1:-}" in
setup) setup ;;
verify) run_verify ;;
*)
    echo "usage: Scripts/action.sh setup|verify" >&2
    exit 64
    ;;
esac
