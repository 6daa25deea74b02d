"""Programs that outlive the command that started them. A process is identified by its id and its start time, so that a foreign
process with a reused id is never killed."""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import ToolError

STOP_WITHIN_S = 3.0
KILLED_WITHIN_S = 10.0


@dataclass(frozen=True)
class Process:
    name: str
    pid: int
    started: int  # clock ticks since boot, from /proc
    log: str

    def is_alive(self) -> bool:
        return _start_time(self.pid) == self.started

    def to_json(self) -> dict:
        return asdict(self)


@contextlib.contextmanager
def signals_held():
    """Delays an interruption until the end of the block, so that a started process is also recorded. It replaces handlers, because a
    child would inherit a signal mask. Main thread only."""
    waiting = []
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda caught, _: waiting.append(caught)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if waiting:
            os.kill(os.getpid(), waiting[0])


def start(name: str, command: list[str], log: Path) -> Process:
    """Starts a command in its own session, with its output in `log`."""
    try:
        with log.open("ab") as output:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                     start_new_session=True)
    except OSError as error:
        raise ToolError(f"{name} cannot be started: {error}") from error
    return Process(name, child.pid, _start_time(child.pid) or 0, str(log))


def stop(processes: list[Process]) -> None:
    """Sends SIGTERM, then SIGKILL to processes that still run after STOP_WITHIN_S."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    left = _wait_until_ended(processes, STOP_WITHIN_S)
    for process in left:
        _signal(process, signal.SIGKILL)
    _wait_until_ended(left, KILLED_WITHIN_S)


def _wait_until_ended(processes: list[Process], within_s: float) -> list[Process]:
    """Returns the processes that still run."""
    deadline = time.monotonic() + within_s
    while (left := [process for process in processes if process.is_alive()]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def last_lines(process: Process, count: int = 12) -> str:
    try:
        lines = Path(process.log).read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join("    " + line for line in lines[-count:])


def _signal(process: Process, number: signal.Signals) -> None:
    if process.is_alive():
        try:
            os.kill(process.pid, number)
        except ProcessLookupError:
            pass


def _start_time(pid: int) -> int | None:
    """Returns None when there is no such process, or it has ended."""
    try:
        os.waitpid(pid, os.WNOHANG)  # reaps the process if it is our child
    except (ChildProcessError, OSError):
        pass
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])
