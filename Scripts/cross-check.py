#!/usr/bin/env python3
"""What a second solver says of the answers behind each middlebox's proofs: the table in docs/trust.md.

    Scripts/cross-check.py [--limit SECONDS] [--output FILE] [NAME ...]      default: every middlebox under Middleboxes

Ends with status 1 where the two disagree on anything. The row of a run that takes longer than the limit says no more than that.
"""

import argparse
import json
import pathlib
import sys

import pages
from processes import Run
from repository import ROOT, VERIFY, middleboxes, require_middleboxes

HEAD = ["middlebox", "answers", "of these, obligations as they stand", "agreed", "unknown"]


def cross_check(name, limit):
    """What the report says of the second solver; None where it took too long."""
    run = Run([VERIFY, name, "--no-cache", "--cross-check", "cvc5", "--format", "json"], limit=limit)
    if run.status is None:
        return None
    try:
        return json.loads(run.output)["cross_check"]
    except (json.JSONDecodeError, KeyError):
        sys.exit(f"error: verify {name} --cross-check cvc5: exit status {run.status}, and no report\n{run.error}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--limit", type=float, default=1800, help="seconds after which a run is given up")
    parser.add_argument("--output", type=pathlib.Path, help="the page; default: docs/trust.md, where all are checked, else none")
    arguments = parser.parse_args()
    require_middleboxes(parser, arguments.names)
    table, disagreed = [HEAD], 0
    for name in arguments.names or middleboxes():
        found = cross_check(name, arguments.limit)
        if found is None:
            table.append([name, f"not done after {arguments.limit:g} s", "", "", ""])
            continue
        disagreed += found["disagreed"]
        table.append([name] + [str(found[key]) for key in ["answers", "whole", "agreed", "unknown"]])
    print(pages.plain(table))
    page = arguments.output or (ROOT / "docs/trust.md" if not arguments.names else None)
    if page:
        pages.fill(page, {"cross-check": pages.markdown(table)})
    sys.exit(1 if disagreed else 0)


if __name__ == "__main__":
    main()
