"""Installs missing packages and builds the programs of the lab, with progress messages."""

import re
import subprocess
import time
from typing import Callable

from lib.process.errors import ToolError
from lib.process.programs import ROOT

PROGRAMS = ("causewayd", "causeway", "causeway-wan", "causeway-call")
BUILD = ROOT / "build" / "release"
LOG = ROOT / "build" / "quickstart-build.log"
SAY_EVERY_S = 5.0

Progress = Callable[[str], None]


def set_up(progress: Progress) -> None:
    setup = ROOT / "tools" / "setup"
    if setup.exists() and _stream([str(setup), "--build"], progress) != 0:
        raise ToolError("tools/setup failed; see its messages above")


def build(progress: Progress, targets: tuple = PROGRAMS) -> None:
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text("")
    if not (BUILD / "build.ninja").exists():
        _logged(["cmake", "--preset", "release"], progress)
    _logged(["cmake", "--build", "--preset", "release", "--target", *targets], progress)


def _logged(command: list[str], progress: Progress) -> None:
    """Runs a command with its output in the log, and reports ninja's step count every few seconds."""
    said = 0.0

    def show(line: str) -> None:
        nonlocal said
        with LOG.open("a") as log:
            log.write(line + "\n")
        step = re.match(r"\[(\d+)/(\d+)\]", line)
        if step and time.monotonic() - said > SAY_EVERY_S:
            said = time.monotonic()
            progress(f"building {step[1]} of {step[2]}")

    if _stream(command, show) != 0:
        last = "\n".join("    " + line for line in LOG.read_text(errors="replace").splitlines()[-15:])
        raise ToolError(f"{' '.join(command)} failed ({LOG}):\n{last}")


def _stream(command: list[str], show: Progress) -> int:
    try:
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace") as process:
            for line in process.stdout:
                show(line.rstrip())
        return process.returncode
    except FileNotFoundError as error:
        raise ToolError(f"{command[0]} is missing: run tools/setup") from error
