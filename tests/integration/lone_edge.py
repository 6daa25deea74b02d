"""One causewayd edge, alone in a namespace. Its hub never answers, and TURN works without a hub."""

import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import network_namespace
import test_pki

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from lib.process import programs  # noqa: E402

V4 = "10.79.9.1"
PEER_V4 = "10.79.9.2"
V6 = "fd79::9:1"
PEER_V6 = "fd79::9:2"
TURN_PORT = 3478
TLS_PORT = 5349  # TLS and, over UDP, DTLS
REALM = "causeway.test"
USER = "alice"
PASSWORD = "correct-horse"
READY_WITHIN_S = 30.0  # on a busy machine


@contextlib.contextmanager
def lone_edge(**sections):
    """Yields the namespace in which the edge answers. `sections` are merged into its configuration."""
    addresses = [f"{V4}/32", f"{PEER_V4}/32", f"{V6}/128", f"{PEER_V6}/128"]
    with tempfile.TemporaryDirectory(prefix="causeway-edge-") as folder:
        with network_namespace.lone_namespace("edge", addresses) as namespace:
            config = _configure(pathlib.Path(folder), sections)
            with running(namespace, [programs.find("causewayd"), "--config", config], V4, config.with_name("log")):
                yield namespace


def _configure(folder, sections):
    _causeway("ca", "init", "--dir", folder / "ca")
    hub_key = _enroll(folder, "hub", node_id=1)
    _enroll(folder, "edge", node_id=2)
    pki = test_pki.make(folder / "pki", [V4, V6])
    config = folder / "edge" / "config.yaml"
    config.write_text(json.dumps({
        "node": {"roles": ["edge"], "identity": "node.key", "certificate": "node.cert", "cluster_ca": "ca.pub"},
        "overlay": {"listen": [f"{V4}:7000"], "seeds": [{"name": "hub", "endpoint": f"{PEER_V4}:7000", "key": hub_key}]},
        "turn": {
            "listen": [f"{V4}:{TURN_PORT}", f"[{V6}]:{TURN_PORT}"],
            "listeners": [{"address": f"{address}:{TLS_PORT}", "transports": ["tls", "dtls"]} for address in (V4, f"[{V6}]")],
            "tls": {"certificate": str(pki.certificate), "key": str(pki.key)},
            "relay_addresses": [V4, V6],
            "allow_private_relay_addresses": True,
            "realm": REALM,
            "users": [{"name": USER, "password": PASSWORD}],
            "nonce_keys": ["07" * 32],
            "peers": {"allow": ["10.79.0.0/16", "fd79::/32", *(f"{own}/{32 if '.' in own else 128}" for own in (V4, V6, PEER_V4, PEER_V6))]},  # the edge's own host
            **sections.pop("turn", {}),
        },
        "admin": {"socket": str(folder / "admin.sock")},
        "cores": 1,
        **sections,
    }, indent=2))
    return config


def _enroll(folder, role, node_id):
    """Returns the node's exchange key."""
    answer = _causeway("node", "enroll", "--ca", folder / "ca", "--name", role, "--id", node_id, "--provider", "test",
                       "--region", "test", "--role", role, "--out", folder / role, "--json")
    return json.loads(answer)["exchange_key"]


def _causeway(*arguments):
    command = [str(part) for part in (programs.find("causeway"), *arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextlib.contextmanager
def running(namespace, command, address, log):
    """Yields the daemon. It answers on the address while the block runs, and must end with status 0."""
    with open(log, "wb") as output:
        daemon = subprocess.Popen(network_namespace.command_in(namespace, *command), stdout=output, stderr=output)
    try:
        _wait_until_it_answers(namespace, address, daemon, log)
        yield daemon
    except BaseException:
        print(log.read_text(errors="replace")[-4000:], file=sys.stderr)
        raise
    finally:
        daemon.terminate()
        status = daemon.wait(timeout=30)
    if status != 0:
        raise RuntimeError(f"the daemon ended with status {status}:\n{log.read_text(errors='replace')[-4000:]}")


@contextlib.contextmanager
def echoing_peers(namespace, port, *addresses):
    """Runs coturn's echo at each address. It listens when the block begins."""
    with contextlib.ExitStack() as stack:
        for address in addresses:
            peer = subprocess.Popen(network_namespace.command_in(namespace, "turnutils_peer", "-L", address, "-p", port),
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            stack.callback(peer.wait)
            stack.callback(peer.terminate)
            deadline = time.monotonic() + READY_WITHIN_S
            while not _output_of(network_namespace.command_in(namespace, "ss", "-Hlun", f"src [{address}]:{port}")):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"the peer does not listen at {address}")
                time.sleep(0.05)
        yield


def _wait_until_it_answers(namespace, address, daemon, log):
    probe = network_namespace.command_in(namespace, "turnutils_stunclient", "-p", TURN_PORT, address)
    deadline = time.monotonic() + READY_WITHIN_S
    while "UDP reflexive addr" not in _output_of(probe):
        if daemon.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the edge does not answer:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.1)


def _output_of(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=2, check=False).stdout
    except subprocess.TimeoutExpired:
        return ""
