"""The servers that are compared: each has one thread for media, a relay port for each allocation, and no log on disk."""

import contextlib
import json
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from lib.process import programs
from lib.process.errors import ToolError
from .three_networks import SERVER_ADDRESS, SERVER_CARD, SERVER_PORT, Networks

USER = "bench"
PASSWORD = "bench-password"
READY_WITHIN_S = 10.0


@dataclass(frozen=True)
class Server:
    name: str
    # Of the folder that holds its files: the command that runs it in the foreground.
    command: object
    version: object
    extra: list = field(default_factory=list)
    config: dict | None = None

    def flags(self, folder: Path) -> str:
        words = " ".join(str(word).replace(str(folder), "DIR") for word in [*self.command(folder), *self.extra][1:])
        return words if self.config is None else f"{words} {json.dumps(self.config).replace(str(folder), 'DIR')}"

    @contextlib.contextmanager
    def running(self, networks: Networks, folder: Path):
        """Yields its process; it answers."""
        command = [*self.command(folder), *self.extra]
        log = folder / f"{self.name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(networks.command_in(networks.server, [networks.server_core], command),
                                       stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        try:
            _wait_until_it_answers(networks, process, log)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def causeway(settings: dict | None = None, bin_dir: str | None = None, name: str = "causeway") -> Server:
    """`settings` are laid over the sections of the configuration."""

    config = _causeway_config(settings or {})

    def command(folder: Path) -> list:
        written = folder / "causeway.yaml"
        written.write_text(json.dumps(config | {"admin": {"socket": str(folder / "admin.sock")}}, indent=2))
        return [programs.find("causewayd", bin_dir), "--config", written]

    return Server(name, command, lambda: _first_line([programs.find("causewayd", bin_dir), "--version"]), config=config)


def uncoalesced(settings: dict) -> dict:
    """The same settings, and packets share no wake-ups."""
    return {**settings, "packet_io": {**settings.get("packet_io", {}), "coalescing": "off"}}


def with_xdp(settings: dict) -> dict:
    """The same settings, and XDP on the server's network card."""
    return {**settings, "packet_io": {**settings.get("packet_io", {}), "xdp": [SERVER_CARD]}}


def _causeway_config(settings: dict) -> dict:
    config = {
        "turn": {
            "listen": [f"{SERVER_ADDRESS}:{SERVER_PORT}"],
            "relay_addresses": [SERVER_ADDRESS],
            "allow_private_relay_addresses": True,
            "realm": "bench.test",
            "users": [{"name": USER, "password": PASSWORD}],
            "peers": {"allow": ["10.77.0.0/16"]},
            "max_allocations_per_user": 100_000,
        },
        "log": {"level": "warning"},
        "cores": 1,
    }
    for section, values in settings.items():
        if isinstance(values, dict):
            config.setdefault(section, {}).update(values)
        else:
            config[section] = values
    return config


def turnserver(extra: list = ()) -> Server:
    """Debian's coturn, as Debian configures it, but for one relay thread and no files of the system."""

    def command(folder: Path) -> list:
        return ["turnserver", "-n", "--no-cli", "--no-tls", "--no-dtls", "--no-rfc5780", "--lt-cred-mech",
                "--db", folder / "turn.db", "--pidfile", folder / "turn.pid", "--log-file", "stdout", "--simple-log",
                "--user", f"{USER}:{PASSWORD}", "--realm", "bench.test", "-L", SERVER_ADDRESS, "-E", SERVER_ADDRESS,
                "-p", SERVER_PORT, "--min-port", "49152", "--max-port", "65535", "-m", "1"]

    return Server("coturn", command, lambda: "turnserver " + _first_line(["turnserver", "--version"]), list(extra))


def _first_line(command: list) -> str:
    try:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, timeout=10)
    except FileNotFoundError as error:
        raise ToolError(f"{command[0]} is missing: run tools/setup") from error
    return ((done.stdout or done.stderr).strip().splitlines() or ["unknown"])[-1]


def _wait_until_it_answers(networks: Networks, process, log: Path) -> None:
    ask = networks.command_in(networks.clients, networks.generator_cores,
                              ["turnutils_stunclient", "-p", SERVER_PORT, SERVER_ADDRESS])
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            raise ToolError(f"the server does not answer:\n{log.read_text(errors='replace')[-3000:]}")
        with contextlib.suppress(subprocess.TimeoutExpired):
            said = subprocess.run(ask, capture_output=True, text=True, check=False, timeout=2).stdout
            if "UDP reflexive addr" in said:
                return
        time.sleep(0.1)
