"""Tables: lists of lines, of which the first is the head; and pages with places for tables that are made by scripts."""

import re


def plain(lines):
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths)) for line in lines)


def markdown(lines):
    head, *rest = lines
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["--:"] * len(head)] + rest)


def lines(page, name):
    """The table between the markers of its name, as a list of lines without the one of dashes."""
    inside = page.read_text().partition(f"<!-- generated: {name} -->")[2].partition(f"<!-- end: {name} -->")[0]
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in inside.splitlines() if line.startswith("|")]
    return rows[:1] + rows[2:]


def fill(page, tables):
    """Puts each table between the markers of its name, or at the end of the page where there are none."""
    text = page.read_text() if page.exists() else ""
    for name, table in tables.items():
        start, end = f"<!-- generated: {name} -->", f"<!-- end: {name} -->"
        block = f"{start}\n\n{table}\n\n{end}"
        found = re.compile(re.escape(start) + ".*?" + re.escape(end), re.DOTALL)
        text = found.sub(lambda _: block, text) if found.search(text) else f"{text}{block}\n"
    page.write_text(text)
