"""Each C++ file is part of some program: a test that nobody builds passes for ever."""

import pathlib
import re

from source_tree import Finding

_ROOT = "${CMAKE_SOURCE_DIR}/"


def check(tree):
    built = {path for file in tree.paths if _is_build_file(file) for path in _named_in(tree, file)}
    for path in tree.paths:
        if path.endswith(".cpp") and path not in built:
            yield Finding(path, 1, "is in no program: name it among the SOURCES of a CMakeLists.txt, or remove it")


def _is_build_file(path):
    return path.endswith(("CMakeLists.txt", ".cmake"))


def _named_in(tree, build_file):
    """The files that a build file names, as paths from the root; a name is relative to the file's folder unless it says the root."""
    folder = pathlib.PurePosixPath(build_file).parent
    for word in re.findall(r"[^\s()\"]+\.cpp", tree.read(build_file)):
        yield word.removeprefix(_ROOT) if word.startswith(_ROOT) else str(folder / word)
