"""Each folder explains itself, and each header can be included twice and says what it is for."""

import collections
import pathlib

from source_tree import Finding

SOURCE_SUFFIXES = (".cpp", ".h", ".py", ".js", ".mjs")
FORBIDDEN_FOLDERS = ("docs", "src", "common", "utils")
MAX_SOURCES = 40  # C++ files of one folder of the product
PRODUCT = ("overlay/", "relay/", "routing")


def check(tree):
    return [*_folders(tree), *_headers(tree), *_crowds(tree)]


def _folders(tree):
    present = set(tree.paths)
    folders = {str(pathlib.PurePosixPath(path).parent) for path in tree.paths if path.endswith(SOURCE_SUFFIXES)}
    for folder in sorted(folders):
        readme = f"{folder}/README.md" if folder != "." else "README.md"
        if not _explained(folder, present):
            yield Finding(readme, 1, "is missing: say in a few true lines what this folder is for and where to begin")
        bad = set(folder.split("/")) & set(FORBIDDEN_FOLDERS)
        if bad:
            yield Finding(folder, 1, f"a folder named {bad.pop()} says nothing: name it after what it holds")


def _crowds(tree):
    folders = collections.Counter(str(pathlib.PurePosixPath(path).parent) for path in tree.paths
                                  if path.endswith((".cpp", ".h")) and path.startswith(PRODUCT))
    for folder, count in sorted(folders.items()):
        if count > MAX_SOURCES:
            yield Finding(folder, 1, f"has {count} source files, the limit is {MAX_SOURCES}: make a room of a part that has a name")


def _explained(folder, present):
    # A folder of tests is explained where its kind is: tests/unit/README.md speaks for tests/unit/turn.
    while True:
        if f"{folder}/README.md" in present or (folder == "." and "README.md" in present):
            return True
        if not folder.startswith("tests/") or folder.count("/") < 2:
            return False
        folder = folder.rsplit("/", 1)[0]


def _headers(tree):
    for path in tree.paths:
        if not path.endswith(".h"):
            continue
        lines = [text for _, text in tree.lines(path)]
        code = [text for text in lines if text.strip()]
        if not code or not code[0].lstrip().startswith(("//", "/*")):
            yield Finding(path, 1, "opens without a comment: say what the thing is for, who owns it, which thread it lives on")
        if not any(text.strip() == "#pragma once" for text in lines):
            yield Finding(path, 1, "has no #pragma once: add it under the opening comment")
