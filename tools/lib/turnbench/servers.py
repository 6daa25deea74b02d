"""The servers that are compared. Each has one thread for media, a relay port for each allocation, and no log on disk."""

import contextlib
import json
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from lib.process import programs
from lib.process.errors import ToolError
from . import mode, rights
from .rights import Rights
from .three_networks import SERVER_ADDRESS, SERVER_CARD, SERVER_PORT, Networks

USER = "bench"
PASSWORD = "bench-password"
READY_WITHIN_S = 10.0


@dataclass(frozen=True)
class Server:
    name: str
    command: object  # (folder of its files) -> the command that runs it in the foreground
    version: object  # () -> text
    extra: list = field(default_factory=list)
    config: dict | None = None
    rights: Rights = field(default_factory=rights.of_unit)
    is_reference: bool = False  # ratios are those to the best reference

    def flags(self, folder: Path) -> str:
        place = str(folder / self.name)
        words = " ".join(str(word).replace(place, "DIR") for word in [*self.command(self._place(folder)), *self.extra][1:])
        return words if self.config is None else f"{words} {json.dumps(self.config).replace(place, 'DIR')}"

    @contextlib.contextmanager
    def running(self, networks: Networks, folder: Path):
        """Yields (process, mode.Mode) of a server that answers."""
        command = self.rights.command([*self.command(self._place(folder)), *self.extra])
        log = folder / f"{self.name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(networks.command_in(networks.server, [networks.server_core], command),
                                       stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        try:
            _wait_until_it_answers(networks, process, log)
            yield process, mode.of(process.pid, networks, self.rights)
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _place(self, folder: Path) -> Path:
        """The server's own folder, which its user may write to."""
        folder.chmod(0o711)
        place = folder / self.name
        place.mkdir(exist_ok=True)
        shutil.chown(place, rights.USER, rights.GROUP)
        return place


def causeway(settings: dict, bin_dir: str | None, name: str, granted: Rights) -> Server:
    """`settings` override the sections of the configuration."""
    config = _without_unknown_limits(_causeway_config(settings), bin_dir)

    def command(place: Path) -> list:
        written = place / "causeway.yaml"
        written.write_text(json.dumps(config | {"admin": {"socket": str(place / "admin.sock")}}, indent=2))
        # A copy: the build folder may be closed to the unit's user.
        program = shutil.copy2(programs.find("causewayd", bin_dir), place)
        return [program, "--config", written]

    return Server(name, command, lambda: _first_line([programs.find("causewayd", bin_dir), "--version"]), config=config, rights=granted)


def uncoalesced(settings: dict) -> dict:
    """The same settings with packet_io.coalescing off: packets share no wake-ups."""
    return {**settings, "packet_io": {**settings.get("packet_io", {}), "coalescing": "off"}}


def with_xdp(settings: dict) -> dict:
    """The same settings with XDP on the server's network card."""
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
            "limits": {"challenges_per_second": 0, "handshakes_per_second": 0},  # all clients of a measurement share one address
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


def _without_unknown_limits(config: dict, bin_dir: str | None) -> dict:
    """Earlier versions have fewer limits."""
    asked = subprocess.run([programs.find("causewayd", bin_dir), "--help-config=markdown"], capture_output=True, text=True, check=False)
    limits = {key: value for key, value in config["turn"]["limits"].items() if key in asked.stdout}
    return config | {"turn": config["turn"] | {"limits": limits}}


def turnserver(extra: list, relay_threads: int) -> Server:
    """Debian's coturn with Debian's defaults, except for the number of relay threads and files of the system. With 0 relay threads
    its main thread also relays."""

    def command(place: Path) -> list:
        return ["turnserver", "-n", "--no-cli", "--no-tls", "--no-dtls", "--no-rfc5780", "--lt-cred-mech",
                "--db", place / "turn.db", "--pidfile", place / "turn.pid", "--log-file", "stdout", "--simple-log",
                "--user", f"{USER}:{PASSWORD}", "--realm", "bench.test", "-L", SERVER_ADDRESS, "-E", SERVER_ADDRESS,
                "-p", SERVER_PORT, "--min-port", "49152", "--max-port", "65535", "-m", str(relay_threads)]

    name = "coturn" if relay_threads == 1 else f"coturn-m{relay_threads}"
    return Server(name, command, lambda: "turnserver " + _first_line(["turnserver", "--version"]), list(extra),
                  is_reference=True)


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
