"""A call between two foreign WebRTC clients. Each client is a separate program in a client's namespace.

All kinds of clients accept the same JSON lines (sides/README.md), so any two of them can call each other.
"""

import contextlib
import json
import os
import pathlib
import select
import subprocess
import sys
import time

from child_process import wait_for_end
from network_namespace import end_all_in

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tools"))
from lib.process import programs  # noqa: E402

SYSTEM_PYTHON = "/usr/bin/python3"  # has Debian's libraries; another python3 may be first in the path
PROGRAMS = {
    "aiortc": [SYSTEM_PYTHON, "-B", HERE / "sides/aiortc_side.py"],
    "werift": ["node", HERE / "browser/werift_side.mjs"],
    "chromium": ["node", HERE / "browser/chromium_side.mjs"],
    "firefox": ["node", HERE / "browser/firefox_side.mjs"],
    "webrtcbin": [SYSTEM_PYTHON, "-B", HERE / "sides/webrtcbin_side.py"],
}
BUILT_PROGRAMS = {"pion": "causeway-pion-side"}
START_WITHIN_S, ANSWER_WITHIN_S = 90, 30  # a browser's first start on a busy machine is slow
CONNECTED_WITHIN_S = 45
LOOK_EVERY_S = 0.2
ENOUGH_FRAMES = 60
ENOUGH_PACKETS = 100


class CallFailed(AssertionError):
    pass


class Side:
    """One running client."""

    def __init__(self, kind, process):
        self.kind = kind
        self._process = process

    def ask(self, do, **arguments):
        try:
            self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise CallFailed(f"{self.kind} ended before {do}") from None
        within_s = START_WITHIN_S if do == "start" else ANSWER_WITHIN_S
        if not select.select([self._process.stdout], [], [], within_s)[0]:
            raise CallFailed(f"{self.kind} did not answer {do} within {within_s} s")
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": "it ended: see its log above; what it needs is installed by tools/setup"}
        if "error" in answer:
            raise CallFailed(f"{self.kind}, {do}: {answer['error']}")
        return answer["answer"]


@contextlib.contextmanager
def side(net, client, kind, ice_server, trust=True):
    """Starts a client of that kind with the TURN server. By default it trusts the network's CA."""
    with contextlib.ExitStack() as stack:
        try:
            one = stack.enter_context(_started(net, client, kind, ice_server, trust))
        except CallFailed as failure:  # a browser that does not start proves nothing about the server
            print(f"{failure}; once more")
            one = stack.enter_context(_started(net, client, kind, ice_server, trust))
        yield one


@contextlib.contextmanager
def _started(net, client, kind, ice_server, trust):
    home = net.folder / f"{kind}-{client}-{time.monotonic_ns()}"
    home.mkdir()
    environment = os.environ | {"HOME": str(home), "TEST_CA": str(net.pki.ca) if trust else ""}
    if trust:
        environment |= {"SSL_CERT_FILE": str(net.pki.ca), "NODE_EXTRA_CA_CERTS": str(net.pki.ca)}
    command = net.in_client(client, *(PROGRAMS.get(kind) or [programs.find(BUILT_PROGRAMS[kind])]))
    with open(home / "log", "wb") as log:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        one = Side(kind, process)
        one.ask("start", ice_server=ice_server)
        yield one
    except BaseException:
        print(f"--- {kind} at {client}\n{(home / 'log').read_text(errors='replace')[-3000:]}")
        raise
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()  # ends it
        wait_for_end(process, within_s=8)
        end_all_in(net.clients[client])  # its child processes


def connect(caller, callee):
    """Exchanges offer and answer with all relayed candidates and no others. Returns both."""
    offer = relayed_only(caller.ask("offer"), caller.kind)
    answer = relayed_only(callee.ask("answer", remote=offer), callee.kind)
    caller.ask("accept", remote=answer)
    return offer, answer


def relayed_only(description, kind):
    """Removes other candidates: not every client can omit them itself."""
    lines = description["sdp"].splitlines()
    kept = [line for line in lines if not line.startswith("a=candidate:") or " typ relay" in line]
    if not any(line.startswith("a=candidate:") for line in kept):
        raise CallFailed(f"{kind} has no relayed candidate")
    return description | {"sdp": "\r\n".join(kept) + "\r\n"}


def relayed_addresses(description):
    """The addresses of all candidates: the fifth word of each line (RFC 8839 section 5.1)."""
    return {line.split()[4] for line in description["sdp"].splitlines() if line.startswith("a=candidate:")}


def watch(sides, is_enough):
    """Asks both sides until each has received enough. Returns their last answers."""
    deadline = time.monotonic() + CONNECTED_WITHIN_S
    while True:
        looks = [one.ask("look") for one in sides]
        if all(map(is_enough, looks)):
            return looks
        if time.monotonic() > deadline:
            raise CallFailed(f"a side received too little within {CONNECTED_WITHIN_S} s: {json.dumps(looks)}")
        time.sleep(LOOK_EVERY_S)


def media_runs(look):
    """Both media arrive, clients with a decoder decode video, and ICE has selected a pair."""
    video, audio, pair = look["video"], look["audio"], look["pair"]
    enough_video = video["framesDecoded"] >= ENOUGH_FRAMES if "framesDecoded" in video else _packets(video) >= ENOUGH_PACKETS
    return bool(pair and pair["local"].get("type") and _packets(audio) >= ENOUGH_PACKETS and enough_video)


def _packets(media):
    return media.get("packetsReceived") or 0
