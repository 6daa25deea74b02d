"""Every C++ file is as clang-format leaves it."""

import re
import shutil
import subprocess

from source_tree import Finding

FORMATTER = "clang-format-14"


def check(tree):
    if shutil.which(FORMATTER) is None:
        return [Finding(".clang-format", 1, f"{FORMATTER} is not installed: run tools/setup")]
    files = tree.cpp_files()
    if not files:
        return []
    command = [FORMATTER, "--dry-run", "--style=file", *files]
    warned = subprocess.run(command, cwd=tree.root, capture_output=True, text=True, check=False).stderr
    first_lines = {}
    for path, line in re.findall(r"^(\S+?):(\d+):\d+: (?:warning|error):", warned, re.MULTILINE):
        first_lines.setdefault(path, int(line))
    return [Finding(path, line, f"not formatted: {FORMATTER} -i {path}") for path, line in first_lines.items()]
