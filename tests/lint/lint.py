#!/usr/bin/env python3
"""Rules of this tree, checked as tests.

    tests/lint/lint.py               all rules
    tests/lint/lint.py layering      one rule

Prints one line per breach, with what to do about it. Exit status: 0 clean, 1 breaches, 2 wrong call.
"""

import pathlib
import sys

import bodies
import formatting
import layering
import programs
import proofs
import rooms
import sizes
import tables
import walks
import wording
from source_tree import SourceTree

RULES = {module.__name__: module for module in (layering, sizes, bodies, formatting, wording, rooms, programs, proofs, tables, walks)}


def main(arguments):
    chosen = arguments or list(RULES)
    unknown = [name for name in chosen if name not in RULES]
    if unknown:
        print(f"no rule {unknown[0]}; there are: {', '.join(RULES)}", file=sys.stderr)
        return 2
    tree = SourceTree(pathlib.Path(__file__).resolve().parents[2])
    findings = sorted(finding for name in chosen for finding in RULES[name].check(tree))
    for finding in findings:
        print(finding)
    print(f"{', '.join(chosen)}: {len(tree.paths)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
