#!/usr/bin/env bash
# Installs what is missing to build and run this project (`setup.sh`), or to test it as well (`setup.sh --tests`).
#
# What is present is found by looking for the command or the file itself, not for a package: that takes milliseconds, asks no
# network, and works where the tools came by another way. Only what is missing is installed: with apt, through sudo when not root.
# Where that cannot be done, the script says what to install and fails. What the tests need from PyPI goes to .build/tools.
set -euo pipefail

readonly minimum_swift="6.1"
readonly llvm_prefix="${LLVM_PREFIX:-/usr/lib/llvm-19}"
repository="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
readonly repository

# Debian keeps administrators' tools where an ordinary user's PATH does not look.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# One a line: the Debian package, then what shows that it is there (any one of these): a command, or a file by its absolute path.
build_requirements() {
    cat <<REQUIREMENTS
clang-19 clang-19
llvm-19-dev $llvm_prefix/include/llvm-c/Core.h
llvm-19 llvm-symbolizer-19
llvm-19-linker-tools $llvm_prefix/lib/LLVMgold.so
libclang-rt-19-dev /usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.asan-$(uname -m).a
libz3-dev /usr/include/z3.h /usr/include/z3/z3.h /usr/local/include/z3.h
libpcap-dev /usr/include/pcap/pcap.h /usr/local/include/pcap/pcap.h
python3 python3
REQUIREMENTS
}

test_requirements() {
    cat <<REQUIREMENTS
tshark tshark
tcpdump tcpdump
iproute2 ip
procps sysctl
iperf3 iperf3
ethtool ethtool
nftables nft
curl curl
dnsmasq-base dnsmasq
bind9-dnsutils dig
netcat-openbsd nc
iputils-ping ping
python3-venv /usr/lib/python3*/ensurepip
groff-base groff
zsh zsh
patch patch
cvc5 cvc5
clang-format-19 clang-format-19
REQUIREMENTS
}

say() { printf '%s\n' "$*" >&2; }

is_present() {
    local evidence
    for evidence in "$@"; do
        case "$evidence" in
        /*) [ -e "$evidence" ] && return 0 ;;
        *) command -v "$evidence" >/dev/null && return 0 ;;
        esac
    done
    return 1
}

# Reads requirements from standard input, prints the packages of those that are not met.
missing_packages() {
    local package evidence
    while read -r package evidence; do
        # shellcheck disable=SC2086 — the evidence is a list of words.
        is_present $evidence || printf '%s\n' "$package"
    done
}

check_swift() {
    if ! command -v swift >/dev/null; then
        say "error: swift was not found. Install a Swift toolchain, $minimum_swift or later, and put it on the PATH:"
        say "       https://www.swift.org/install/linux/"
        return 1
    fi
    local words version
    words="$(swift --version 2>/dev/null || true)"
    version="$(sed -nE 's/.*Swift version ([0-9]+(\.[0-9]+)*).*/\1/p' <<<"$words" | head -n 1)"
    if [ -z "$version" ]; then
        say "error: 'swift --version' does not tell a version; this project needs Swift $minimum_swift or later. It said:"
        say "$words"
        return 1
    fi
    if [ "$(printf '%s\n' "$minimum_swift" "$version" | sort -V | head -n 1)" != "$minimum_swift" ]; then
        say "error: this is Swift $version ($(command -v swift)); this project needs $minimum_swift or later."
        say "       https://www.swift.org/install/linux/"
        return 1
    fi
}

install_packages() {
    local as_root=()
    if ! command -v apt-get >/dev/null; then
        say "error: not installed: $*"
        say "       These are Debian's package names; apt-get was not found here. Install the like with your system's package manager."
        [ "$llvm_prefix" = /usr/lib/llvm-19 ] || say "       LLVM 19 was looked for in $llvm_prefix (LLVM_PREFIX)."
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            say "error: not installed: $*"
            say "       Only root can install them, and sudo was not found. As root: apt-get install $*"
            return 1
        fi
        as_root=(sudo)
    fi
    say "Installing: $*"
    as_root+=(env DEBIAN_FRONTEND=noninteractive)
    # Where the lists cannot be refreshed, those at hand may still do.
    "${as_root[@]}" apt-get update --quiet </dev/null >&2 || say "warning: apt-get update failed; going on with the package lists at hand"
    if ! "${as_root[@]}" apt-get install --yes --quiet --no-install-recommends "$@" </dev/null >&2; then
        say "error: apt-get could not install: $*"
        return 1
    fi
}

# Tools from PyPI, in a folder of their own; again where other versions are wanted. The list is whole: nothing is installed that it does not name.
install_python_tools() {
    local wanted="$repository/Scripts/requirements.txt" tools="$repository/.build/tools"
    if cmp --silent "$wanted" "$tools/requirements.txt"; then return; fi
    say "Installing: what Scripts/requirements.txt lists, into .build/tools"
    rm -rf "$tools"
    if ! python3 -m venv "$tools" >&2 ||
        ! "$tools/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$wanted" </dev/null >&2; then
        say "error: pip could not install what Scripts/requirements.txt lists into .build/tools"
        return 1
    fi
    # Last: it says that all is there.
    cp "$wanted" "$tools/requirements.txt"
}

main() {
    local with_tests=no
    case "${1:-}" in
    "") ;;
    --tests) with_tests=yes ;;
    *)
        say "usage: Scripts/setup.sh [--tests]"
        return 64
        ;;
    esac

    requirements() {
        build_requirements
        if [ "$with_tests" = yes ]; then test_requirements; fi
    }

    local missing still_missing
    mapfile -t missing < <(requirements | missing_packages)
    if [ "${#missing[@]}" -gt 0 ]; then
        install_packages "${missing[@]}"
        mapfile -t still_missing < <(requirements | missing_packages)
        if [ "${#still_missing[@]}" -gt 0 ]; then
            say "error: installed, yet not found where it is looked for: ${still_missing[*]}"
            say "       LLVM 19 is looked for in $llvm_prefix (LLVM_PREFIX)."
            return 1
        fi
    fi
    check_swift
    if [ "$with_tests" = yes ]; then install_python_tools; fi
}

main "$@"
