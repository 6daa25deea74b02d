"""The rooms that each room may include, and the system headers that a core must not include.

The same arrows are in CMake's link lists; this lint sees the includes that a static library would let through.
"""

import re

from source_tree import Finding, code_only

# A room (a folder, or one header) and the rooms that it may include. Arrows are transitive inside relay/: a room
# may also include what the rooms it names may include. A room that is not listed may include anything.
OVERLAY_CORES = ["overlay/base", "overlay/crypto", "overlay/link", "overlay/forwarding"]
ROOMS = {
    "overlay/base": [],
    "overlay/crypto": ["overlay/base"],
    "overlay/link": ["overlay/base", "overlay/crypto"],
    "overlay/forwarding": ["overlay/base", "overlay/crypto", "overlay/link"],
    "overlay/loop": ["overlay/base"],
    "overlay/io": ["overlay/base", "overlay/loop"],
    "routing": ["overlay/base", "overlay/forwarding/explicit_route.h"],
    "relay/stun": ["overlay/base"],
    "relay/admission": ["relay/stun", "overlay/base"],
    "relay/turn": ["relay/admission", "relay/stun", "overlay/base"],
    "relay/gateway": ["relay/turn", "routing", *OVERLAY_CORES],
    "relay/messages": ["relay/admission", "relay/turn", *OVERLAY_CORES],
    "relay/data_plane": ["relay/messages", "relay/gateway", "relay/turn", "relay/fast_path/fast_path.h", *OVERLAY_CORES],
    "relay/history": ["routing", *OVERLAY_CORES],
    "relay/control_plane": ["relay/messages", "relay/history", "relay/turn", "routing", *OVERLAY_CORES],
    "relay/views": ["relay/control_plane", "relay/history", "relay/messages", "routing", *OVERLAY_CORES],
    "relay/config": ["relay/admission", "relay/turn", "routing", "overlay/base", "overlay/crypto", "overlay/link"],
    "relay/io": ["relay/turn", "overlay"],
    "relay/fast_path": ["relay/turn", "overlay"],
    "relay/http": ["relay/io", "overlay"],
    "relay/admin": ["relay/views", "relay/control_plane", "relay/messages", "relay/config", "routing", "overlay"],
    "relay/monitoring": ["relay/views", "relay/control_plane", "relay/messages", "relay/config", "relay/http", "relay/io",
                         "routing", "overlay"],
    "relay/node": ["relay", "routing", "overlay"],
    "tests": ["overlay", "routing", "relay", "tools", "tests"],
    "tools": ["overlay", "routing", "relay", "tools"],
}

# Rooms of pure state machines: they are handed bytes and the time, and hand back decisions.
CORES = [*OVERLAY_CORES, "routing", "relay/stun", "relay/admission", "relay/turn", "relay/gateway", "relay/messages",
         "relay/data_plane", "relay/control_plane", "relay/history", "relay/views"]

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
    ("relay/data_plane/guest_clients.h", "mutex"): "shared by the data planes of a node; locked when an allocation begins or ends",
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


def reach(room):
    """The places that a room may include: itself, what it names, and what those rooms of relay/ may include."""
    places, waiting = [], [room]
    while waiting:
        place = waiting.pop()
        if place in places:
            continue
        places.append(place)
        if place == room or place.startswith("relay/"):
            waiting += ROOMS.get(place, [])
    return places


def _own_include(path, line, room, included):
    if "/" not in included:
        if path.startswith("tests/"):
            return []  # what one test folder shares with itself
        return [Finding(path, line, f'"{included}": write the path from the root of the tree, "{room}/..."')]
    if included.startswith("build/"):
        return [Finding(path, line, f'"{included}": generated files are included by their name in the source tree')]
    allowed = reach(room)
    if any(included == place or included.startswith(place + "/") for place in allowed):
        return []
    may = ", ".join(sorted(reach(room)[1:])) or "nothing of ours"
    return [Finding(path, line, f'"{included}" is out of reach: {room} may include {may}. '
                                "Move the shared part down, or pass what is needed as an argument or an interface")]


def _system_include(path, line, header):
    if (path, header) in EXCEPTIONS:
        return []
    if SHELL_HEADERS.match(header):
        return [Finding(path, line, f"<{header}> in a core: sockets, clocks, threads, files and entropy belong to "
                                    "overlay/io, overlay/loop and relay/node; take what you need as an argument")]
    if path.startswith("routing/") and CRYPTO_HEADERS.match(header):
        return [Finding(path, line, f"<{header}> in routing, which is pure: sign and verify in relay/control_plane")]
    return []


def _clock_or_entropy(path, text):
    code = code_only(text)
    return [
        Finding(path, code.count("\n", 0, match.start()) + 1,
                f"{match.group()} in a core: take the time as an argument, randomness as an overlay::Random&")
        for match in CLOCK_OR_ENTROPY.finditer(code)
    ]
