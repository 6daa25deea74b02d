"""A hash table whose keys strangers may choose is hashed under the key of the process (overlay/base/keyed_hash.h)."""

import re

from source_tree import Finding, code_only

# std::hash of these is keyed, or their values are the cluster's or the operator's: a node id of 16 bits, an index that this
# node draws, a pointer, a port that the configuration names.
SAFE_KEYS = re.compile(r"(?:overlay::|relay::)?(?:Endpoint|IpAddress|FiveTuple|ConnectionId|NodeId|SessionIndex)|.*\*|std::uint16_t")
# The hasher of a type that a header defines for one table.
SAFE_HASHERS = ("KeyedHasher", "LegHash")
TABLE = re.compile(r"\bunordered_(?:multi)?(map|set)<")
UNKEYED = re.compile(r"\bstd::hash<std::(?:string|string_view|u?int\d+_t)>")
REMEDY = "write overlay::KeyedHasher as its hasher, so that nobody can find keys that share a bucket"


def check(tree):
    for path in tree.cpp_files():
        if not path.startswith(("overlay/", "routing/", "relay/")):
            continue
        code = code_only(tree.read(path))
        for table in TABLE.finditer(code):
            if not _is_safe(_arguments(code[table.end():]), values=table.group(1) == "map"):
                yield Finding(path, _line(code, table), f"a table by a key that has no keyed hash: {REMEDY}")
        for use in UNKEYED.finditer(code):
            yield Finding(path, _line(code, use), f"{use.group()} has no key: write overlay::KeyedHasher")


def _is_safe(arguments, values):
    hasher = arguments[1 + values:2 + values]
    return bool(SAFE_KEYS.fullmatch(arguments[0])) or any(name.removeprefix("overlay::") in SAFE_HASHERS for name in hasher)


def _arguments(code):
    """The template arguments at the beginning of `code`, which follows the opening bracket."""
    arguments, depth = [""], 0
    for character in code:
        if character == ">" and depth == 0:
            break
        depth += (character in "<(") - (character in ">)")
        if character == "," and depth == 0:
            arguments.append("")
        else:
            arguments[-1] += character
    return [" ".join(argument.split()) for argument in arguments]


def _line(code, match):
    return code.count("\n", 0, match.start()) + 1
