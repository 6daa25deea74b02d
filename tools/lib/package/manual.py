#!/usr/bin/env python3
"""Writes a manual page: a template, completed with what the program's --help prints.

    manual.py TEMPLATE VERSION PROGRAM > PAGE

@PROJECT_VERSION@ becomes the version, @HELP@ the program's --help, @COMMANDS@ a section for each command that --help lists.
"""

import re
import subprocess
import sys

# A line of the overview: two blanks, the command, perhaps its arguments in capitals, two blanks, a summary.
COMMAND = re.compile(r"^  ([a-z][a-z-]*(?: [a-z][a-z-]*)?)(?: [A-Z\[][A-Z\[\] ]*)?  +\S", re.MULTILINE)


def main(template, version, program):
    with open(template, encoding="utf-8") as file:
        page = file.read()
    overview = help_of(program)
    page = page.replace("@PROJECT_VERSION@", version).replace("@HELP@", escaped(overview))
    if "@COMMANDS@" in page:
        page = page.replace("@COMMANDS@", "\n".join(section(program, name) for name in COMMAND.findall(overview)))
    sys.stdout.write(page)


def section(program, command):
    return f".SS causeway {escaped(command)}\n.nf\n{escaped(help_of(program, *command.split()))}\n.fi"


def help_of(*command):
    return subprocess.run([*command, "--help"], check=True, capture_output=True, text=True).stdout.rstrip("\n")


def escaped(text):
    """As troff reads it: a backslash, a hyphen, and a line that begins with a control character stand for themselves."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


if __name__ == "__main__":
    main(*sys.argv[1:])
