#!/usr/bin/env python3
"""Where the time of `verify` goes, and how much of it there is.

Machines differ, and one machine differs from hour to hour. So what is compared is a ratio that one run gives: the time of
`verify NAME --no-cache` over the time that clang -O2 takes for the same C file, measured in turns. Solver steps are Z3's own count:
the same on every machine.

    Scripts/benchmark.py [--rounds N] [NAME ...]      default: every middlebox under Middleboxes
"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
VERIFY = pathlib.Path(os.environ.get("GRAVEL_BIN", ROOT / ".build/release")) / "verify"


class Measurement:
    """One run of a command: seconds on the clock, seconds of processors, kilobytes at the most, what it printed."""

    def __init__(self, command, accepted=(0,)):
        start = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        self.wall = time.monotonic() - start
        self.processor = usage.ru_utime + usage.ru_stime
        self.peak = usage.ru_maxrss
        self.status = os.waitstatus_to_exitcode(status)
        if self.status not in accepted:
            sys.exit(f"error: {' '.join(map(str, command))}: exit status {self.status}\n{self.output}")


def middleboxes():
    return sorted(path.name for path in (ROOT / "Middleboxes").iterdir() if (path / f"{path.name}.c").is_file())


def steps(output):
    """The thousands of solver steps in the last line of the table of questions; 0 where no solver was asked."""
    match = re.search(r"^  all +\d+ +(\d+) +[\d.]+ s$", output, re.MULTILINE)
    return int(match.group(1)) if match else 0


def benchmark(name, rounds):
    compile_command = ["clang-19", "-O2", "-IMiddleboxes/include", "-c", "-o", os.devnull, f"Middleboxes/{name}/{name}.c"]
    verify_command = [VERIFY, name, "--no-cache", "--verbose", "--color", "never"]
    compilations, runs = [], []
    for _ in range(rounds):
        compilations += [Measurement(compile_command) for _ in range(3)]
        runs.append(Measurement(verify_command, accepted=(0, 1, 2)))
    runs.sort(key=lambda run: run.wall)
    median = runs[len(runs) // 2]
    reference = statistics.median(run.wall for run in compilations)
    print(median.output)
    return name, median, reference


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each command; the median counts (default 5)")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    unknown = [name for name in arguments.names if name not in middleboxes()]
    if unknown:
        parser.error(f"there is no middlebox {unknown[0]}; there are {', '.join(middleboxes())}")
    if not os.access(VERIFY, os.X_OK):
        sys.exit(f"error: {VERIFY} is not there: 'make build' first")
    results = [benchmark(name, arguments.rounds) for name in arguments.names or middleboxes()]
    print(f"{'middlebox':<14}{'wall':>9}{'processors':>12}{'peak':>9}{'1000 steps':>12}{'clang -O2':>12}{'ratio':>9}")
    for name, run, reference in results:
        print(
            f"{name:<14}{run.wall:>7.2f} s{run.processor:>10.2f} s{run.peak / 1024:>6.0f} MB{steps(run.output):>12}"
            f"{reference:>10.3f} s{run.wall / reference:>9.1f}"
        )
    print(f"\nMedians of {arguments.rounds} rounds. ratio: wall time of verify over that of clang -O2 on the same C file.")


if __name__ == "__main__":
    main()
