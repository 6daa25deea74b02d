"""One end of a test call: a causeway-call process on a host of the lab (tools/call/README.md has its protocol)."""

import json
import os
import selectors
import subprocess
import time

from . import namespaces, nodes
from lib.process import programs
from lib.process.errors import ToolError
from .state import LabState
from .topology import Host

ANSWER_WITHIN_S = 10.0
STOP_WITHIN_S = 3.0


class CallEnd:
    """A context manager that ends the process."""

    def __init__(self, lab: LabState, host: Host, arguments: list[str], bin_dir: str | None):
        self.host = host
        command = [str(programs.find("causeway-call", bin_dir)), *arguments]
        self._process = subprocess.Popen(namespaces.command_in(lab.namespace_of(host.name), command),
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        self._received = b""
        self.address = None

    @staticmethod
    def through(lab: LabState, host: Host, edge: Host, bin_dir: str | None) -> "CallEnd":
        return CallEnd(lab, host, ["--server", f"{edge.v4}:{nodes.TURN_PORT}", "--user", nodes.USER,
                                   "--password", nodes.PASSWORD], bin_dir)

    @staticmethod
    def plain(lab: LabState, host: Host, bin_dir: str | None, port: int = 5000) -> "CallEnd":
        return CallEnd(lab, host, ["--plain", f"{host.v4}:{port}"], bin_dir)

    def __enter__(self) -> "CallEnd":
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def wait_address(self) -> str:
        """Waits for the address that the other end sends to: the relayed address, or the local one of a plain call."""
        self.address = self._expect("allocated", "ready")["address"]
        return self.address

    def connect(self, peer: str) -> None:
        self._tell({"peer": peer})
        self._expect("peer_ready")

    def start(self) -> int:
        """Starts the media. Returns the time in ns of CLOCK_MONOTONIC."""
        self._tell({"start": True})
        return self._expect("started")["at_ns"]

    def report(self, from_ns: int, to_ns: int) -> dict:
        """Counts by stream: sent, received, lost, longest_gap_ms, ..."""
        self._tell({"report": {"from_ns": from_ns, "to_ns": to_ns}})
        return self._expect("report")["streams"]

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            self._process.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _tell(self, command: dict) -> None:
        try:
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise ToolError(f"the call at {self.host.name} has ended: {self._last_words()}") from error

    def _expect(self, *events: str) -> dict:
        deadline = time.monotonic() + ANSWER_WITHIN_S
        while True:
            event = json.loads(self._read_line(deadline))
            if event["event"] in events:
                return event
            if event["event"] in ("failed", "refused", "stopped"):
                raise ToolError(f"the call at {self.host.name}: {event.get('message', event['event'])}")

    def _read_line(self, deadline: float) -> bytes:
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._received:
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise ToolError(f"the call at {self.host.name} did not answer within {ANSWER_WITHIN_S:.0f} s")
                part = os.read(self._process.stdout.fileno(), 65536)
                if not part:
                    raise ToolError(f"the call at {self.host.name} has ended")
                self._received += part
        line, _, self._received = self._received.partition(b"\n")
        return line

    def _last_words(self) -> str:
        try:
            return self._read_line(time.monotonic() + 0.5).decode(errors="replace")
        except ToolError:
            return "no message"
