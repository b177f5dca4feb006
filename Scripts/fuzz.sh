#!/usr/bin/env bash
# Fuzzes the readers of files, guided by coverage: libFuzzer, as the Swift toolchain has it.
#
#   fuzz.sh build               builds the fuzzer, optimised, into .build/fuzzing; its path is printed
#   fuzz.sh run [SECONDS] [READER…]
#                               fuzzes each reader for so long (60), one after the other; READER: specs, captures, configurations,
#                               operations, projects, terms. New inputs go to .build/fuzzing/corpus, what breaks a reader to .build/fuzzing/broken
#   fuzz.sh merge [READER…]     takes those of the new inputs that reach new code into the corpus of the repository
#   fuzz.sh try READER FILE…    runs a reader on these files alone
#
# Exit status: 0, or that of the first reader that broke; 69 where the toolchain has no libFuzzer.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly readers=(specs captures configurations operations projects terms)
readonly corpus="Tests/Fuzzing/corpus"
readonly scratch=".build/fuzzing"
readonly program="$scratch/release/fuzz-readers"
readonly longest_input=8192

usage() {
    sed -nE '4,10s/^# ?//p' "${BASH_SOURCE[0]}" >&2
    exit 64
}

say() { printf '%s\n' "$*" >&2; }

# Whether the toolchain has libFuzzer, which not all have.
can_fuzz() {
    local folder status=0
    folder="$(mktemp -d)"
    swiftc -sanitize=fuzzer -parse-as-library -o "$folder/program" - >/dev/null 2>&1 <<'SWIFT' || status=$?
@_cdecl("LLVMFuzzerTestOneInput") public func test(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt { 0 }
SWIFT
    rm -r "$folder"
    return "$status"
}

build() {
    if ! can_fuzz; then
        say "error: this Swift toolchain does not link with libFuzzer (swiftc -sanitize=fuzzer)"
        exit 69
    fi
    GRAVEL_FUZZER=1 swift build -c release --scratch-path "$scratch" --product fuzz-readers --sanitize fuzzer >&2
}

# The fuzzer, for a reader: what it takes to run, then arguments of libFuzzer.
fuzzer() {
    local reader="$1"
    shift
    # A crash is told by libFuzzer: the backtrace of Swift takes its time for each.
    GRAVEL_FUZZED_READER="$reader" SWIFT_BACKTRACE=enable=no "$program" \
        -max_len="$longest_input" -timeout=10 -rss_limit_mb=6000 "$@"
}

dictionary() { [ ! -e "Tests/Fuzzing/dictionaries/$1.dict" ] || printf '%s' "-dict=Tests/Fuzzing/dictionaries/$1.dict"; }

run() {
    local seconds=60 reader status=0
    if [[ "${1:-}" =~ ^[0-9]+$ ]]; then
        seconds="$1"
        shift
    fi
    [ $# -gt 0 ] || set -- "${readers[@]}"
    for reader in "$@"; do
        mkdir -p "$scratch/corpus/$reader" "$scratch/broken/$reader"
        say "$reader: $seconds seconds"
        fuzzer "$reader" $(dictionary "$reader") -max_total_time="$seconds" -print_final_stats=1 \
            -artifact_prefix="$scratch/broken/$reader/" "$scratch/corpus/$reader" "$corpus/$reader" || status="${status/#0/$?}"
    done
    return "$status"
}

merge() {
    local reader
    [ $# -gt 0 ] || set -- "${readers[@]}"
    for reader in "$@"; do
        # New code counts, not how often it is reached: the corpus of the repository is to stay small.
        fuzzer "$reader" -merge=1 -use_counters=0 "$corpus/$reader" "$scratch/corpus/$reader"
    done
}

case "${1:-}" in
build)
    build
    printf '%s\n' "$program"
    ;;
run)
    shift
    build
    run "$@"
    ;;
merge)
    shift
    build
    merge "$@"
    ;;
try)
    [ $# -ge 3 ] || usage
    shift
    build
    fuzzer "$@"
    ;;
*) usage ;;
esac
