"""A class has its bodies in at most two .cpp files, so that a reader finds all of them."""

import pathlib
import re
from collections import defaultdict

from source_tree import Finding, code_only

MAX_FILES = 2
PRODUCT = ("overlay/", "relay/", "routing/", "tools/")

# A definition outside its class begins in the first column: `Type Class::function(`, `Class::Class(`.
_BODY = re.compile(r"^(?!\s|using|static_assert|#)[^;={}()\n]*?\b([A-Z]\w*)(?:<[^>\n]*>)?::~?\w+\s*\(", re.MULTILINE)


def check(tree):
    files_by_class = defaultdict(set)
    for path in tree.paths:
        if path.endswith(".cpp") and path.startswith(PRODUCT):
            room = str(pathlib.PurePosixPath(path).parent)
            for name in _BODY.findall(code_only(tree.read(path))):
                files_by_class[room, name].add(path)
    for (_, name), files in sorted(files_by_class.items()):
        if len(files) > MAX_FILES:
            yield Finding(max(files), 1, f"{name} has bodies in {len(files)} files ({', '.join(sorted(files))}), the limit is "
                                         f"{MAX_FILES}: take a class of its own out of it")
