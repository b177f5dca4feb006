#!/usr/bin/env python3
"""Writes the manual pages of `verify` and `replay`, from what these say of their arguments: manual.py BIN DIRECTORY.

swift-argument-parser has a tool for this. It knows the arguments of `verify` only as those of a subcommand that nobody types, and none of
`replay live`, which `replay` looks for before the parser does.
"""

import argparse
import datetime
import json
import pathlib
import subprocess
import sys

SECTION = 1
PROJECT = "Gravel for C"


def main():
    parser = argparse.ArgumentParser(description="Writes the manual pages of verify and replay.")
    parser.add_argument("bin", type=pathlib.Path, help="the folder of the executables")
    parser.add_argument("directory", type=pathlib.Path, help="where the pages go: …/share/man/man1")
    arguments = parser.parse_args()
    pages = commands(arguments.bin)
    # The same pages of the same executables, whenever they are written.
    date = datetime.date.fromtimestamp((arguments.bin / "verify").stat().st_mtime).isoformat()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    for name, command in pages.items():
        others = [other for other in pages if other != name]
        path = arguments.directory / f"{page_name(name)}.{SECTION}"
        path.write_text(page(name, command, others, date), encoding="utf-8")


def commands(folder):
    """All that a person can type, by its words."""
    verify = described(folder / "verify")
    default = verify["defaultSubcommand"]
    found = {}
    for command in verify["subcommands"]:
        name = command["commandName"]
        if command["shouldDisplay"] and name != "help":
            found["verify" if name == default else f"verify {name}"] = command
    found["replay"] = described(folder / "replay")
    found["replay live"] = described(folder / "replay", "live")
    return found


def described(executable, *words):
    shown = subprocess.run([executable, *words, "--experimental-dump-help"], stdout=subprocess.PIPE, check=True)
    document = json.loads(shown.stdout)
    if document["serializationVersion"] != 0:
        sys.exit(f"error: {executable} describes itself in a form that is not known")
    return document["command"]


def page_name(name):
    return name.replace(" ", "-")


# The parts of a page


def page(name, command, others, date):
    arguments = [argument for argument in command["arguments"] if argument["shouldDisplay"]]
    positional = [argument for argument in arguments if argument["kind"] == "positional"]
    options = [argument for argument in arguments if argument["kind"] != "positional"]
    paragraphs = [" ".join(part.split()) for part in command.get("discussion", "").split("\n\n") if part.strip()]
    statuses = [part for part in paragraphs if part.startswith("Exit status")]
    lines = [
        f'.TH "{escaped(page_name(name)).upper()}" {SECTION} "{date}" "{PROJECT}" "{PROJECT}"',
        ".SH NAME",
        f"{escaped(page_name(name))} \\- {escaped(lower(command['abstract']))}",
        ".SH SYNOPSIS",
        f".B {escaped(name)}",
        *[text(synopsis(argument)) for argument in positional + options],
        ".SH DESCRIPTION",
        text(escaped(command["abstract"])),
    ]
    for paragraph in paragraphs:
        if paragraph not in statuses:
            lines += [".PP", text(escaped(paragraph))]
    for title, group in [("ARGUMENTS", positional), ("OPTIONS", options)]:
        if group:
            lines.append(f".SH {title}")
        for argument in group:
            lines += [".TP", text(heading(argument)), text(escaped(meaning(argument)))]
    if statuses:
        lines.append('.SH "EXIT STATUS"')
        for number, paragraph in enumerate(statuses):
            lines += [".PP"] * (number > 0) + [text(escaped(paragraph.removeprefix("Exit status: ")))]
    lines.append('.SH "SEE ALSO"')
    lines += [f".BR {escaped(page_name(other))} ({SECTION})," for other in others[:-1]]
    lines += [f".BR {escaped(page_name(other))} ({SECTION})" for other in others[-1:]]
    return "\n".join(lines) + "\n"


def lower(sentence):
    """As the line of a list: without a capital and a full stop."""
    return sentence[0].lower() + sentence[1:].rstrip(".")


def value(argument):
    return "" if argument["kind"] == "flag" else f"\\fI{escaped(argument['valueName'])}\\fR"


def names(argument):
    """Short ones first."""
    spelled = ["-" * (2 if name["kind"] == "long" else 1) + name["name"] for name in argument["names"]]
    return [f"\\fB{escaped(name)}\\fR" for name in sorted(spelled, key=len)]


def synopsis(argument):
    if argument["kind"] == "positional":
        shown = value(argument)
    else:
        shown = " ".join(filter(None, [names(argument)[-1], value(argument)]))
    if argument.get("isRepeating"):
        shown += " ..."
    return f"[{shown}]" if argument.get("isOptional") else shown


def heading(argument):
    if argument["kind"] == "positional":
        return value(argument)
    return " ".join(filter(None, [", ".join(names(argument)), value(argument)]))


def meaning(argument):
    said = argument.get("abstract", "")
    if argument.get("discussion"):
        said += "\n" + argument["discussion"]
    values = argument.get("allValues", [])
    if argument["kind"] == "option" and values and not all(one in said for one in values):
        said += f" One of {', '.join(values)}."
    default = argument.get("defaultValue")
    if argument["kind"] == "option" and default and "default" not in said:
        said += f" The default is {default}."
    return " ".join(said.split()) or "See the description."


# Text in the language of pages


def escaped(words):
    return words.replace("\\", "\\e").replace("-", "\\-")


def text(words):
    """A line that is not taken for a request."""
    return f"\\&{words}" if words[:1] in ".'" else words


if __name__ == "__main__":
    main()
