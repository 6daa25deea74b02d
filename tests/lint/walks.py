"""The packet walks of relay/README.md name functions that exist: each row's function is defined in the row's file."""

import re

from source_tree import Finding

WALKS = "relay/README.md"
ROW = re.compile(r"^\| \d+ \| (\S+\.(?:cpp|h)) \| `(\w+)` \|")


def check(tree):
    if WALKS not in tree.paths:
        return
    present = set(tree.paths)
    for line, text in tree.lines(WALKS):
        row = ROW.match(text)
        if not row:
            continue
        file, function = row.groups()
        if file not in present:
            yield Finding(WALKS, line, f"{file} does not exist: name the file that does this step now")
        elif not re.search(rf"\b{function}\s*\(", tree.read(file)):
            yield Finding(WALKS, line, f"{file} has no function {function}: name the function that does this step now")
