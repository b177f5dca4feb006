#!/usr/bin/env python3
"""Where the time of `verify` goes, and how much of it there is.

Machines differ, and one machine differs from hour to hour. So what is compared is a ratio that one run gives: the time of
`verify NAME --no-cache` over the time that clang -O2 takes for the same C file, measured in turns. Solver steps are Z3's own count:
the same on every machine.

    Scripts/benchmark.py [--rounds N] [NAME ...]      default: every middlebox under Middleboxes
"""

import argparse
import os
import re
import statistics
import sys

from processes import Run
from repository import VERIFY, middleboxes, require_middleboxes


def run(command, accepted=(0,)):
    result = Run(command)
    if result.status not in accepted:
        sys.exit(f"error: {' '.join(map(str, command))}: exit status {result.status}\n{result.output}")
    return result


def steps(output):
    """The thousands of solver steps in the last line of the table of questions; 0 where no solver was asked."""
    match = re.search(r"^  all +\d+ +(\d+) +[\d.]+ s$", output, re.MULTILINE)
    return int(match.group(1)) if match else 0


def benchmark(name, rounds):
    compile_command = ["clang-19", "-O2", "-IMiddleboxes/include", "-c", "-o", os.devnull, f"Middleboxes/{name}/{name}.c"]
    verify_command = [VERIFY, name, "--no-cache", "--verbose", "--color", "never"]
    compilations, runs = [], []
    for _ in range(rounds):
        compilations += [run(compile_command) for _ in range(3)]
        runs.append(run(verify_command, accepted=(0, 1, 2)))
    runs.sort(key=lambda run: run.seconds)
    median = runs[len(runs) // 2]
    reference = statistics.median(run.seconds for run in compilations)
    print(median.output)
    return name, median, reference


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command; the median counts (default 5)")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    require_middleboxes(parser, arguments.names)
    results = [benchmark(name, arguments.rounds) for name in arguments.names or middleboxes()]
    print(f"{'middlebox':<14}{'wall':>9}{'processors':>12}{'peak':>9}{'1000 steps':>12}{'clang -O2':>12}{'ratio':>9}")
    for name, run, reference in results:
        print(
            f"{name:<14}{run.seconds:>7.2f} s{run.processor:>10.2f} s{run.peak / 1024:>6.0f} MB{steps(run.output):>12}"
            f"{reference:>10.3f} s{run.seconds / reference:>9.1f}"
        )
    print(f"\nMedians of {arguments.rounds} rounds. ratio: wall time of verify over that of clang -O2 on the same C file.")


if __name__ == "__main__":
    main()
