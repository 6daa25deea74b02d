"""Who may include whom: the arrows between the rooms, and what a core must not reach for.

The same arrows are in CMake's link lists; this lint sees the includes that a static library would let through.
"""

import re

from source_tree import Finding, code_only

# A room (a folder, or one header) and the rooms that it may include beside itself. What is not listed may include anything.
ROOMS = {
    "overlay/base": [],
    "overlay/crypto": ["overlay/base"],
    "overlay/link": ["overlay/base", "overlay/crypto"],
    "overlay/forwarding": ["overlay/base", "overlay/crypto", "overlay/link"],
    "overlay/io": ["overlay/base"],
    "routing": ["overlay/base", "overlay/forwarding/explicit_route.h"],
    "relay/turn": ["overlay/base", "overlay/crypto"],
    "relay/io": ["relay/turn", "overlay"],
    "relay/gateway": ["relay/turn", "routing", "overlay/base", "overlay/crypto", "overlay/forwarding", "overlay/link"],
    "relay": ["relay", "routing", "overlay"],
    "tests": ["overlay", "routing", "relay", "tools", "tests"],
    "tools": ["overlay", "routing", "relay", "tools"],
}

# Rooms of pure state machines: they are handed bytes and the time, and hand back decisions.
CORES = ["overlay/base", "overlay/crypto", "overlay/forwarding", "overlay/link", "routing", "relay/turn", "relay/gateway"]

SHELL_HEADERS = re.compile(
    r"(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|random|fstream|filesystem|iostream"
    r"|unistd\.h|fcntl\.h|poll\.h|signal\.h|csignal|pthread\.h|netdb\.h|sys/.*|net/.*|netinet/.*|linux/.*|event2/.*|event\.h)$"
)
CRYPTO_HEADERS = re.compile(r"(sodium(\.h|/.*)|openssl/.*)$")
CLOCK_OR_ENTROPY = re.compile(
    r"\b(?:system_clock|steady_clock|high_resolution_clock)::now|\bclock_gettime\b|\bgettimeofday\b|\brandombytes_\w+"
    r"|\bcrypto_(?:kx|sign|box)_keypair\s*\(|\bgetrandom\b|\brandom_device\b|\bgetenv\b"
)

# The few places where a core's room holds the seam itself, and why.
EXCEPTIONS = {
    ("overlay/base/endpoint.cpp", "arpa/inet.h"): "text form of addresses",
    ("relay/admission/quota_ledger.h", "mutex"): "counted for the whole node, when an allocation begins or ends",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')


def check(tree):
    findings = []
    for path in tree.cpp_files():
        room = room_of(path)
        if room is None:
            continue
        for line, text in tree.lines(path):
            match = INCLUDE.match(text)
            if match and match.group(1):
                findings += _own_include(path, line, room, match.group(1))
            elif match and is_core(path):
                findings += _system_include(path, line, match.group(2))
        if is_core(path):
            findings += _clock_or_entropy(path, tree.read(path))
    return findings


def room_of(path):
    holding = [room for room in ROOMS if path.startswith(room + "/")]
    return max(holding, key=len, default=None)


def is_core(path):
    return any(path.startswith(core + "/") for core in CORES)


def _own_include(path, line, room, included):
    if "/" not in included:
        if path.startswith("tests/"):
            return []  # what one test folder shares with itself
        return [Finding(path, line, f'"{included}": write the path from the root of the tree, "{room}/..."')]
    if included.startswith("build/"):
        return [Finding(path, line, f'"{included}": generated files are included by their name in the source tree')]
    allowed = [room] + ROOMS[room]
    if any(included == place or included.startswith(place + "/") for place in allowed):
        return []
    may = ", ".join(ROOMS[room]) or "nothing of ours"
    return [Finding(path, line, f'"{included}" is out of reach: {room} may include {may}. '
                                "Move the shared part down, or pass what is needed as an argument or an interface")]


def _system_include(path, line, header):
    if (path, header) in EXCEPTIONS:
        return []
    if SHELL_HEADERS.match(header):
        return [Finding(path, line, f"<{header}> in a core: sockets, clocks, threads, files and entropy belong to "
                                    "overlay/io and relay/node; take what you need as an argument")]
    if path.startswith("routing/") and CRYPTO_HEADERS.match(header):
        return [Finding(path, line, f"<{header}> in routing, which is pure: sign and verify in relay/node")]
    return []


def _clock_or_entropy(path, text):
    code = code_only(text)
    return [
        Finding(path, code.count("\n", 0, match.start()) + 1,
                f"{match.group()} in a core: take the time as an argument, randomness as an overlay::Random&")
        for match in CLOCK_OR_ENTROPY.finditer(code)
    ]
