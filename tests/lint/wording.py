"""Words that do not belong in a finished tree: promises for later, places that only one machine has, and phrases that a
reader must decode (CONTRIBUTING.md has the rules of the prose)."""

import re

from source_tree import Finding

# Character classes keep these patterns from matching their own file.
_PROMISES = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b")
_MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(?:hom[e]|roo[t]|wor[k]|User[s])/")
_REGISTRIES = re.compile(r"registry\.npmj[s]\.org|registry\.yarnpk[g]\.com|npm\.pk[g]\.github\.com")
_BINARY = (".png", ".jpg", ".ico", ".woff2", ".pcap", ".ivf")

# Bytes to feed a decoder, not prose.
_NOT_PROSE = ("tests/fuzz/corpus/",)

_PROSE_SUFFIXES = (".md", ".h", ".cpp", ".c", ".py", ".yaml", ".mjs", ".go", ".service", ".cmake", "CMakeLists.txt")

# (phrase, the standard words to write instead). A space matches a line break too.
_PHRASES = (
    (r"what it take[s]", "name the input, the cost or the traffic"),
    (r"what it leave[s]", "name the output or the rest"),
    (r"what is left o[f]", "name the remaining part"),
    (r"(?:has|have|had) nothing (?:lef[t]|mor[e])", "say empty, exhausted or returns nullopt"),
    (r"by turn[s]\b", "say alternately, or in alternating runs"),
    (r"who may come i[n]", "say client authentication"),
    (r"\bwho[m]\b", "name the client, the peer or the node"),
    (r"\bas eve[r]\b", "remove it, or name the usual mechanism"),
    (r"\bby chanc[e]\b", "say at random"),
    (r"without a wor[d]", "say silently, or without notice"),
    (r"\bin peac[e]\b", "say gracefully"),
    (r"\bin offic[e]\b", "say active or current"),
    (r"nobody ask[s]", "say that it is not consulted or not checked"),
    (r"\b(?:is|are|was|were|be|been|being) tol[d]\b", "name the message, the call or the return value"),
    (r"\btold apar[t]\b", "say distinguished by"),
    (r"\bgoes b[y]\b", "say uses, or travels through"),
    (r"of its own accor[d]", "say by itself, or without a request"),
    (r"\bbesid[e]\b", "say next to, in addition to, or compared with"),
    (r"voice and ea[r]", "say originates and verifies"),
    (r"\bis not on[e]\b", "repeat the noun"),
    (r"says? goodby[e]", "say ends, closes or deletes the allocation"),
    (r"(?:(?://|#|;|,|\.|\() |\"\"\")(?:nothin[g]|non[e]): ", "say nullopt, empty, 0 or no limit"),
)
# Statements only: a question may begin with these words.
_STATEMENT_OPENS_WITH_A_PRONOUN = re.compile(
    r"""(?:^\s*(?:(?://|\#|\*|-|\d+\.|\"\"\"|>)\s*)*|(?://|\#)\s|[.:]\s)(Wha[t]|Whoeve[r]|Wh[o])\s(?=[a-z])(?![^.]*\?)""")


def check(tree):
    for path in tree.paths:
        if path.endswith(_BINARY) or path.startswith(_NOT_PROSE):
            continue
        for line, text in tree.lines(path):
            yield from _in_line(path, line, text)
        if _holds_prose(path):
            yield from _phrases(path, tree.read(path))


def _in_line(path, line, text):
    if match := _PROMISES.search(text):
        yield Finding(path, line, f"{match.group()}: do it now, or open an issue; the tree holds what is")
    if match := _MACHINE_PATHS.search(text):
        yield Finding(path, line, f"{match.group()}... is a place on one machine: use a path from the root of the tree")
    if match := _REGISTRIES.search(text):
        yield Finding(path, line, f"{match.group()}: lock files name versions and hashes, not a registry "
                                  "(npm config: omit-lockfile-registry-resolved=true)")


def _holds_prose(path):
    is_script = path.startswith("tools/") and "." not in path.rsplit("/", 1)[-1]
    return is_script or path.endswith(_PROSE_SUFFIXES)


def _phrases(path, text):
    for phrase, instead in _PHRASES:
        for match in re.finditer(_across_lines(phrase), text, re.IGNORECASE):
            said = " ".join(re.sub(_LINE_BREAK, " ", match.group()).split())
            yield Finding(path, text.count("\n", 0, match.start()) + 1, f'"{said}" must be decoded: {instead}')
    for number, line in enumerate(text.splitlines(), start=1):
        if match := _STATEMENT_OPENS_WITH_A_PRONOUN.search(line):
            yield Finding(path, number, f'a sentence begins with "{match.group(1)}": begin with the subject')


_LINE_BREAK = r'\s*\n\s*(?:(?://|#|\*|")\s*)?'


def _across_lines(phrase):
    """The phrase with each blank matching a line break, and the comment mark after it, as well."""
    return phrase.replace(" ", f"(?: +|{_LINE_BREAK})")
