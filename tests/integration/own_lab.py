"""A lab of the test, with its own folder and names: a developer's lab may be up on the same machine."""

import contextlib
import os
import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from lib.lab import faults, lab, nodes  # noqa: E402
from lib.process.errors import ToolError  # noqa: E402

THREE_CLOUD = ROOT / "conf/lab/three-cloud.yaml"
USER, PASSWORD = nodes.USER, nodes.PASSWORD


class OwnLab:
    """Operations of a test on a running lab."""

    def __init__(self, state):
        self.state = state
        self.topology = state.topology()

    def namespace_of(self, host):
        return self.state.namespace_of(host)

    def ask(self, node, command, **arguments):
        return nodes.ask(self.state, node, command, **arguments)

    def edge_near(self, client):
        return self.topology.hosts[client].near

    def turn_address(self, edge):
        return self.topology.hosts[edge].v4, nodes.TURN_PORT

    def ice_server(self, edge):
        """The ICE server for a WebRTC client near this edge."""
        host, port = self.turn_address(edge)
        return {"urls": f"turn:{host}:{port}?transport=udp", "username": USER, "credential": PASSWORD}

    def active_hubs(self, source, destination):
        """The hubs on the active path from one edge to the other; empty without an overlay path."""
        paths = self.ask(source, "paths", source=source, destination=destination)["paths"]
        active = [path for path in paths if path["role"] == "active"]
        return active[0]["via"] if active else []

    def hub_in_use(self, source, destination):
        """A hub on the active path, if possible of both directions."""
        there, back = self.active_hubs(source, destination), self.active_hubs(destination, source)
        shared = [hub for hub in there if hub in back]
        return next(iter(shared + there + back), None)

    def wait_for_standby(self, source, destination, within_s=60.0):
        """Waits until both directions have an active path through a hub, and a standby path."""
        deadline = time.monotonic() + within_s
        while not all(self._is_protected(*ends) for ends in ((source, destination), (destination, source))):
            if time.monotonic() > deadline:
                raise AssertionError(f"no active path with a standby between {source} and {destination} after {within_s:.0f} s: "
                                     f"{self.ask(source, 'paths', source=source, destination=destination)}")
            time.sleep(0.1)

    def _is_protected(self, source, destination):
        try:
            paths = self.ask(source, "paths", source=source, destination=destination)["paths"]
        except ToolError:
            return False  # the node does not have the other's record yet
        return {"active", "standby"} <= {path["role"] for path in paths}

    def cut(self, *targets):
        faults.cut(self.state, *targets)

    def heal(self):
        faults.heal(self.state)


@contextlib.contextmanager
def own_lab(topology=THREE_CLOUD):
    with tempfile.TemporaryDirectory(prefix="causeway-test-") as folder:
        state_folder = pathlib.Path(folder)
        state = lab.up(topology, state_folder, prefix=f"cwt{os.getpid()}-", progress=lambda text: print(f"lab: {text}"))
        try:
            yield OwnLab(state)
        except BaseException:
            _show_logs(state_folder)
            raise
        finally:
            lab.down(state_folder)


def _show_logs(folder):
    for log in sorted(folder.glob("nodes/edge-*/log")):
        print(f"--- {log.parent.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:]), file=sys.stderr)
