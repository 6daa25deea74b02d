#!/usr/bin/env python3
"""Writes a manual page: a template, completed with what the program prints about itself.

    manual.py TEMPLATE VERSION PROGRAM EXAMPLE > PAGE

@PROJECT_VERSION@   the version
@HELP@              what the program's --help prints
@COMMANDS@          a section for each command that --help lists
@KEYS@              a paragraph for each key that --help-config prints
@EXAMPLE@           the file EXAMPLE
"""

import pathlib
import re
import subprocess
import sys

# A line of the overview: two blanks, the command, perhaps its arguments in capitals, two blanks, a summary.
COMMAND = re.compile(r"^  ([a-z][a-z-]*(?: [a-z][a-z-]*)?)(?: [A-Z\[][A-Z\[\] ]*)?  +\S", re.MULTILINE)
# A paragraph of --help-config: the key, then indented lines.
KEY = re.compile(r"^([a-z]\S*)\n((?:  .*(?:\n|\Z))+)", re.MULTILINE)


def main(template, version, program, example):
    page = pathlib.Path(template).read_text(encoding="utf-8")
    parts = {
        "@PROJECT_VERSION@": lambda: version,
        "@HELP@": lambda: escaped(output_of(program, "--help")),
        "@COMMANDS@": lambda: "\n".join(section(program, name) for name in COMMAND.findall(output_of(program, "--help"))),
        "@KEYS@": lambda: "\n".join(paragraph(*key) for key in KEY.findall(output_of(program, "--help-config"))),
        "@EXAMPLE@": lambda: escaped(pathlib.Path(example).read_text(encoding="utf-8").rstrip("\n")),
    }
    for name, text in parts.items():
        if name in page:
            page = page.replace(name, text())
    sys.stdout.write(page)


def section(program, command):
    return f".SS causeway {escaped(command)}\n.nf\n{escaped(output_of(program, *command.split(), '--help'))}\n.fi"


def paragraph(key, lines):
    """The program wraps at 80 columns, and begins a sentence about values and defaults on a line of its own."""
    text = " ".join(line.strip() for line in lines.splitlines())
    return f".TP\n.B {escaped(key)}\n{escaped(text)}"


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.rstrip("\n")


def escaped(text):
    """As troff reads it: a backslash, a hyphen, and a line that begins with a control character stand for themselves."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


if __name__ == "__main__":
    main(*sys.argv[1:])
