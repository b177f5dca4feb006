#!/usr/bin/env python3
"""What decomposition, the proof store and the worker processes are worth, in one run on one machine.

Part one: a chain of 1, 2, 4, … elements (Scripts/chain.py), decomposed and as a whole program; the latter is cut off after a minute.
Part two: `verify nat` cold, unchanged, and after one line of one element has changed; memory over all processes together.

    Scripts/benchmark-decomposition.py [--largest N] [--limit SECONDS] [--output DIR]

prints two tables, and writes them with a plot to DIR/decomposition.md and DIR/figures/decomposition.svg (default: docs). Ends with
status 1 when a chain of 64 takes more than ten times as long as one of 8.
"""

import argparse
import math
import pathlib
import re
import shutil
import sys
import tempfile

import chain
import pages
from processes import Run
from repository import ROOT, VERIFY, require_verify


class Verification(Run):
    """One run of `verify`; `seconds` is None where it was cut off."""

    def __init__(self, arguments, limit=None, samples_memory=False):
        super().__init__([VERIFY] + arguments, limit, samples_memory)
        if self.status is None:
            self.output, self.seconds = "", None
        elif self.status != 0:
            sys.exit(f"error: verify {' '.join(arguments)}: exit status {self.status}\n{self.output}\n{self.error}")

    def number(self, pattern):
        if " cached" in self.output:
            return 0
        found = re.search(pattern, self.output)
        if not found:
            sys.exit(f"error: the report has no '{pattern}'\n{self.output}")
        return int(found.group(1))


def chains(largest, limit):
    """A row for each length: elements, paths, obligations, seconds, seconds as a whole program (None: cut off, '': not tried)."""
    rows = []
    whole_is_possible = True
    with tempfile.TemporaryDirectory(prefix="gravel-chain-") as folder:
        count = 1
        while count <= largest:
            where = str(chain.write(count, folder))
            run = min((Verification([where, "--no-cache", "--verbose"]) for _ in range(2)), key=lambda run: run.seconds)
            whole = ""
            if whole_is_possible:
                whole = Verification([where, "--no-cache", "--whole-program"], limit=limit).seconds
                whole_is_possible = whole is not None
            rows.append({
                "n": count, "paths": run.number(r", (\d+) paths,"),
                "obligations": run.number(r"obligations: (\d+) put"), "seconds": run.seconds, "whole": whole,
            })
            print(f"chain of {count}: {run.seconds:.2f} s", file=sys.stderr)
            count *= 2
    return rows


def changes():
    """A row for each state of the NAT: what was changed, seconds, queries, obligations, peak memory."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="gravel-nat-") as folder:
        middleboxes = pathlib.Path(folder) / "Middleboxes"
        for part in ["include", "runtime", "nat"]:
            shutil.copytree(ROOT / "Middleboxes" / part, middleboxes / part)
        nat = middleboxes / "nat" / "nat.c"
        shutil.copy(ROOT / "Specs/nat.gravel", middleboxes / "nat")
        original = nat.read_text()
        store = str(pathlib.Path(folder) / "store")

        def measure(name):
            run = Verification([str(nat.parent), "--cache", store, "--verbose"], samples_memory=True)
            rows.append({
                "name": name, "seconds": run.seconds, "asked": run.number(r"queries: (\d+) asked"),
                "stored": run.number(r"asked, (\d+) answered before"), "obligations": run.number(r"obligations: (\d+) put"),
                "executed": run.number(r"summaries: (\d+) executed"), "peak": run.peak / 1024,
            })

        measure("cold")
        measure("nothing changed")
        edits = [
            ("a comment", "// A traditional NAT", "// A line more.\n// A traditional NAT"),
            ("a line of classify_icmp", "icmp->code != 0", "icmp->code > 1"),
            # The spec leaves little else open: what is whole must pass, and all else be dropped.
            ("a line of classify_tcp", "tcp_header_length(tcp) < sizeof *tcp || tcp_header_length(tcp) > length",
             "tcp_header_length(tcp) > length || tcp_header_length(tcp) < sizeof *tcp"),
            ("a line of packet_arrives", "if (ipv4 == NULL) return", "if (ipv4 == NULL || ipv4_version(ipv4) != 4) return"),
        ]
        for name, old, new in edits:
            if old not in original:
                sys.exit(f"error: nat.c has no '{old}' any more: change this script")
            # Each alone, against the store of the original.
            shutil.rmtree(store)
            nat.write_text(original)
            Verification([str(nat.parent), "--cache", store])
            nat.write_text(original.replace(old, new))
            measure(name)
    return rows


def seconds_of_whole(row, limit):
    return {None: f"> {limit:g}", "": "-"}.get(row["whole"]) or f"{row['whole']:.2f}"


def chain_table(rows, limit):
    lines = [["elements", "paths", "obligations", "seconds", "times the one before", "whole program, seconds"]]
    for before, row in zip([None] + rows, rows):
        ratio = f"{row['seconds'] / before['seconds']:.1f}" if before else "-"
        lines.append([f"{row['n']}", f"{row['paths']}", f"{row['obligations']}", f"{row['seconds']:.2f}", ratio,
                      seconds_of_whole(row, limit)])
    return lines


def change_table(rows):
    cold = rows[0]["seconds"]
    lines = [["changed", "seconds", "of cold", "summaries made", "obligations proved", "queries asked", "answered before", "peak MB"]]
    for row in rows:
        lines.append([row["name"], f"{row['seconds']:.2f}", f"{row['seconds'] / cold:.2f}", f"{row['executed']}", f"{row['obligations']}",
                      f"{row['asked']}", f"{row['stored']}", f"{row['peak']:.0f}"])
    return lines


def plot(rows, limit):
    """Seconds over elements, both on logarithmic scales, as SVG."""
    width, height, left, right, top, bottom = 640, 400, 64, 150, 24, 52
    tried = [row for row in rows if row["whole"] != ""]
    top_value = max([row["seconds"] for row in rows] + [limit if row["whole"] is None else row["whole"] for row in tried])
    low, high = -1, max(1, math.ceil(math.log10(top_value)))
    last = max(1, math.log2(rows[-1]["n"]))

    def x(count):
        return left + (width - left - right) * math.log2(count) / last

    def y(seconds):
        value = (math.log10(max(seconds, 10 ** low)) - low) / (high - low)
        return height - bottom - (height - top - bottom) * value

    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        "<title>Time to verify a chain of elements</title>",
        "<style>text { fill: #333 } .grid { stroke: #8884 } .a { stroke: #0a6ebd; fill: #0a6ebd } "
        ".b { stroke: #c4511c; fill: #c4511c } .line { fill: none; stroke-width: 2 } .ideal { stroke: #888; "
        "stroke-dasharray: 4 4 } @media (prefers-color-scheme: dark) { text { fill: #ddd } }</style>",
    ]
    for power in range(low, high + 1):
        out.append(f'<line class="grid" x1="{left}" x2="{width - right}" y1="{y(10 ** power):.1f}" y2="{y(10 ** power):.1f}"/>')
        out.append(f'<text x="{left - 8}" y="{y(10 ** power) + 4:.1f}" text-anchor="end">{10 ** power:g} s</text>')
    for row in rows:
        out.append(f'<text x="{x(row["n"]):.1f}" y="{height - bottom + 18}" text-anchor="middle">{row["n"]}</text>')
    out.append(f'<text x="{(left + width - right) / 2}" y="{height - 10}" text-anchor="middle">elements in the chain</text>')
    first, final = rows[0]["n"], rows[-1]["n"]
    base = rows[-1]["seconds"] / final
    start = max(first, 10 ** low / base)
    out.append(f'<line class="ideal" x1="{x(start):.1f}" y1="{y(base * start):.1f}" x2="{x(final):.1f}" y2="{y(base * final):.1f}"/>')
    series = [("a", [(row["n"], row["seconds"]) for row in rows], "decomposed"),
              ("b", [(row["n"], row["whole"] or limit) for row in tried], "whole program")]
    for style, points, label in series:
        if not points:
            continue
        path = " ".join(f"{x(count):.1f},{y(seconds):.1f}" for count, seconds in points)
        out.append(f'<polyline class="{style} line" points="{path}"/>')
        out += [f'<circle class="{style}" cx="{x(count):.1f}" cy="{y(seconds):.1f}" r="3"/>' for count, seconds in points]
        end = points[-1]
        cut = style == "b" and tried[-1]["whole"] is None
        text = label + (f", cut off at {limit:g} s" if cut else "")
        out.append(f'<text x="{x(end[0]) + 8:.1f}" y="{y(end[1]) + 4:.1f}">{text}</text>')
    return "\n".join(out + ["</svg>", ""])


def write(output, tables, figure):
    """Puts the tables between the markers of the page, and the figure beside it."""
    (output / "figures").mkdir(parents=True, exist_ok=True)
    (output / "figures" / "decomposition.svg").write_text(figure)
    pages.fill(output / "decomposition.md", tables)


def main():
    parser = argparse.ArgumentParser(description="Measures decomposition, the proof store and the worker processes.")
    parser.add_argument("--largest", type=int, default=64, help="the longest chain")
    parser.add_argument("--limit", type=float, default=60, help="seconds after which whole-program execution is cut off")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs", help="where page and figure go")
    arguments = parser.parse_args()
    require_verify()
    rows = chains(arguments.largest, arguments.limit)
    table = chain_table(rows, arguments.limit)
    print(pages.plain(table))
    by_length = {row["n"]: row["seconds"] for row in rows}
    ratio = by_length[64] / by_length[8] if 64 in by_length else None
    if ratio:
        print(f"\ntime(64) / time(8) = {ratio:.1f}   (at most 10)")
    nat = change_table(changes())
    print("\n" + pages.plain(nat))
    write(arguments.output, {"chains": pages.markdown(table), "changes": pages.markdown(nat)}, plot(rows, arguments.limit))
    sys.exit(1 if ratio and ratio > 10 else 0)


if __name__ == "__main__":
    main()
