"""SECURITY.md names a test for what it claims, and the tests exist."""

import pathlib
import re

from source_tree import Finding

DOCUMENT = "SECURITY.md"
_NAMED = re.compile(r"`([A-Z]\w+\.\w+|\w+_test\.py|fuzz_\w+\.cpp)`")
_CPP_TEST = re.compile(r"^TEST(?:_[FP])?\((\w+), (\w+)\)", re.MULTILINE)


def check(tree):
    if DOCUMENT not in tree.paths:
        return
    existing = set(_tests_of(tree))
    for line, text in tree.lines(DOCUMENT):
        for name in _NAMED.findall(text):
            if name not in existing:
                yield Finding(DOCUMENT, line, f"no test {name} exists: name the test that shows this, or write it")


def _tests_of(tree):
    for path in tree.paths:
        if not path.startswith("tests/"):
            continue
        yield pathlib.PurePosixPath(path).name
        if path.endswith(".cpp"):
            yield from (f"{suite}.{test}" for suite, test in _CPP_TEST.findall(tree.read(path)))
