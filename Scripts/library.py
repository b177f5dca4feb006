#!/usr/bin/env python3
"""What is in the library, and what is proved of it: docs/library.md, from the reports of `verify`.

    Scripts/library.py [--output FILE] [--without-bugs] [--update] [NAME ...]      default: every middlebox under Middleboxes

Each middlebox is verified without what is known from before; each of its seeded bugs (Tests/SeededBugs) by the property that must be
refuted. Ends with status 1 where something is not proved, or a bug is not refuted with a trace that the native program confirms.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import pages
from processes import Run
from repository import ROOT, VERIFY, middleboxes, require_middleboxes

HEAD = [
    "middlebox", "lines of C", "lines of spec", "elements", "paths", "properties", "proved", "clauses", "processor seconds", "peak MB",
    "seeded bugs", "refuted",
]


def lines(path):
    """Those that say something: no blank ones, no comments that stand alone."""
    return sum(1 for line in path.read_text().splitlines() if line.strip() and not line.strip().startswith("//"))


def verify(folder, *options):
    """What the report says of the one middlebox, and the run."""
    run = Run([VERIFY, folder, "--no-cache", "--format", "json", *options], samples_memory=True)
    try:
        return json.loads(run.output)["middleboxes"][0], run
    except (json.JSONDecodeError, KeyError, IndexError):
        sys.exit(f"error: verify {folder} {' '.join(options)}: exit status {run.status}, and no report\n{run.error}")


def bugs_of(name):
    return sorted((ROOT / "Tests/SeededBugs" / name).glob("*.patch"))


def require_patches(names):
    """Before hours of proofs: each seeded bug can be put in."""
    for name in names:
        for bug in bugs_of(name):
            code = ROOT / "Middleboxes" / name / f"{name}.c"
            tried = subprocess.run(["patch", "--dry-run", "--quiet", "--fuzz=0", "--force", code, bug], capture_output=True, text=True)
            if tried.returncode != 0:
                sys.exit(f"error: {bug.relative_to(ROOT)} does not fit to {code.relative_to(ROOT)}:\n{tried.stdout}")


def refutes(name, bug):
    """Whether the property that the bug's patch names is refuted, natively confirmed."""
    expected = next(line.split()[3] for line in bug.read_text().splitlines() if line.startswith("# expect: refuted "))
    with tempfile.TemporaryDirectory(prefix="gravel-library-") as work:
        folder = pathlib.Path(work, "Middleboxes")
        for part in ["include", "runtime", name]:
            shutil.copytree(ROOT / "Middleboxes" / part, folder / part)
        shutil.copy(ROOT / "Specs" / f"{name}.gravel", folder / name)
        subprocess.run(["patch", "--quiet", "--fuzz=0", folder / name / f"{name}.c", bug], check=True)
        report, _ = verify(folder / name, "--property", expected)
    for found in report["properties"]:
        if found["name"] == expected:
            return found["verdict"] == "refuted" and bool((found["counterexample"] or {}).get("confirmed"))
    return False


def row(name, tries_bugs):
    report, run = verify(name)
    properties = report["properties"]
    proved = sum(1 for found in properties if found["verdict"] == "proved")
    clauses = {clause for found in properties for clause in found["cites"]}
    bugs = bugs_of(name)
    missed = [bug.stem for bug in bugs if tries_bugs and not refutes(name, bug)]
    for bug in missed:
        print(f"{name}: {bug} is not refuted", file=sys.stderr)
    is_well = proved == len(properties) and not missed
    return is_well, [
        f"[{name}](../Middleboxes/{name}/README.md)", lines(ROOT / f"Middleboxes/{name}/{name}.c"),
        lines(ROOT / f"Specs/{name}.gravel"), len(report["elements"]),
        sum(element["paths"] for element in report["elements"]), len(properties), proved, len(clauses), f"{run.processor:.1f}",
        f"{run.peak / 1024:.0f}", len(bugs), len(bugs) - len(missed) if tries_bugs else "-",
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--output", type=pathlib.Path, help="the page; default: docs/library.md, where all is verified, else none")
    parser.add_argument("--update", action="store_true", help="leaves the page's lines about other middleboxes as they are")
    parser.add_argument("--without-bugs", action="store_true", help="does not try the seeded bugs")
    arguments = parser.parse_args()
    require_middleboxes(parser, arguments.names)
    names = arguments.names or middleboxes()
    if not arguments.without_bugs:
        require_patches(names)
    table, is_well = [HEAD], True
    for name in names:
        is_good, cells = row(name, not arguments.without_bugs)
        is_well = is_well and is_good
        table.append([str(cell) for cell in cells])
        print(pages.plain([table[-1]]), file=sys.stderr)
    print(pages.plain(table))
    # A table of some would take the place of the one of all.
    is_whole = (not arguments.names or arguments.update) and not arguments.without_bugs
    page = arguments.output or (ROOT / "docs/library.md" if is_whole else None)
    if page and arguments.update:
        table[1:] = sorted({line[0]: line for line in pages.lines(page, "library")[1:] + table[1:]}.values())
    if page:
        pages.fill(page, {"library": pages.markdown(table)})
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
