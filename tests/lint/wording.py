"""Words that do not belong in a finished tree: promises for later, and places that only one machine has."""

import re

from source_tree import Finding

# Written apart, so that this file does not find itself.
_PROMISES = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
_MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(?:ho" r"me|ro" r"ot|wo" r"rk|Us" r"ers)/")
_REGISTRIES = re.compile(r"registry\.npmjs\.org|registry\.yarnpkg\.com|npm\.pkg\.github\.com")
_BINARY = (".png", ".jpg", ".ico", ".woff2", ".pcap", ".ivf")

# Bytes to feed a decoder, not prose.
_NOT_PROSE = ("tests/fuzz/corpus/",)


def check(tree):
    findings = []
    for path in tree.paths:
        if path.endswith(_BINARY) or path.startswith(_NOT_PROSE):
            continue
        for line, text in tree.lines(path):
            findings += _in_line(path, line, text)
    return findings


def _in_line(path, line, text):
    if match := _PROMISES.search(text):
        yield Finding(path, line, f"{match.group()}: do it now, or open an issue; the tree holds what is")
    if match := _MACHINE_PATHS.search(text):
        yield Finding(path, line, f"{match.group()}... is a place on one machine: use a path from the root of the tree")
    if match := _REGISTRIES.search(text):
        yield Finding(path, line, f"{match.group()}: lock files name versions and hashes, not a registry "
                                  "(npm config: omit-lockfile-registry-resolved=true)")
