#!/usr/bin/env python3

"""The edge's own host as a peer: its other addresses are closed, its relayed addresses are open to its clients."""

import contextlib
import itertools
import json
import pathlib
import socket
import tempfile
import time
import unittest

import lone_edge
import network_namespace
from lib.process import programs
from network_namespace import ip
from stream_socket import StreamSocket
from turn_client import TCP_PROTOCOL, TurnClient, TurnError

ADDRESS, SECOND, LATE = "10.79.9.1", "10.79.9.2", "10.79.9.3"
LOAD_BALANCER, BEHIND_BALANCER = "10.79.20.0/24", "10.79.20.7"
SERVICE_PORT = 5300
PORT_AMONG_RELAYED = 50001  # no allocation begins there in these tests
CORES = 2
MOST_CLIENTS = 50  # until each data plane has one
NETWORK = "10.0.0.0/8"  # an operator who allows all of it means other hosts
USER, PASSWORD = "alice", "a password"
WITHIN_S = 10.0


def core_of(client):
    """Data planes share the relay ports in pairs."""
    return client.relayed[1] // 2 % CORES


class OwnAddressTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="causeway-own-")))
        self.namespace = self.enterContext(network_namespace.lone_namespace("own", [f"{ADDRESS}/32", f"{SECOND}/32"]))
        with network_namespace.entered(self.namespace):
            self.service = self.enterContext(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            self.service.bind(("0.0.0.0", SERVICE_PORT))
        self.service.settimeout(0.5)

    @contextlib.contextmanager
    def edge(self, *allow):
        config = self.folder / "node.yaml"
        config.write_text(json.dumps({
            "turn": {"listen": f"{ADDRESS}:3478", "allow_private_relay_addresses": True, "realm": "example.org",
                     "users": [{"name": USER, "password": PASSWORD}], "peers": {"allow": list(allow)}, "tcp_relay": {"enabled": True}},
            "admin": {"socket": str(self.folder / "admin.sock")}, "cores": CORES}))
        with lone_edge.running(self.namespace, [programs.find("causewayd"), "--config", config], ADDRESS, self.folder / "log"):
            yield

    def client(self):
        with network_namespace.entered(self.namespace):
            sock = self.enterContext(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        client = TurnClient(sock, (ADDRESS, 3478), USER, PASSWORD)
        client.allocate()
        return client

    def tcp_client(self):
        with network_namespace.entered(self.namespace):
            sock = self.enterContext(socket.create_connection((ADDRESS, 3478), WITHIN_S))
        client = TurnClient(StreamSocket(sock), None, USER, PASSWORD)
        client.allocate(TCP_PROTOCOL)
        return client

    def assert_forbidden(self, request, *arguments):
        with self.assertRaises(TurnError) as raised:
            request(*arguments)
        self.assertEqual(raised.exception.code, 403)

    def is_permitted(self, client, peer):
        try:
            client.permit(peer)
        except TurnError as refused:
            self.assertEqual(refused.code, 403)
            return False
        return True

    def eventually_permits(self, client, peer):
        self._await(lambda: self.is_permitted(client, peer), f"{peer} is no peer")

    def eventually_forbids(self, client, peer):
        self._await(lambda: not self.is_permitted(client, peer), f"{peer} is still a peer")

    def _await(self, condition, complaint):
        deadline = time.monotonic() + WITHIN_S
        while not condition():
            self.assertLess(time.monotonic(), deadline, complaint)
            time.sleep(0.05)

    def assert_service_hears(self, text):
        self.assertEqual(self.service.recv(100), text)

    def assert_service_hears_nothing(self):
        with self.assertRaises(TimeoutError):
            self.service.recv(100)

    def test_a_second_address_is_no_peer(self):
        with self.edge(NETWORK):
            client = self.client()

            self.assert_forbidden(client.permit, (SECOND, SERVICE_PORT))
            self.assert_forbidden(client.bind_channel, (SECOND, SERVICE_PORT))
            client.send_indication((SECOND, SERVICE_PORT), b"hello")
            self.assert_service_hears_nothing()

    def test_a_second_address_that_is_named_is_a_peer(self):
        with self.edge(NETWORK, f"{SECOND}/32"):
            client = self.client()
            client.permit((SECOND, SERVICE_PORT))

            client.send_indication((SECOND, SERVICE_PORT), b"hello")

            self.assert_service_hears(b"hello")

    def test_an_address_that_comes_later_is_no_peer_from_then_on(self):
        with self.edge(NETWORK):
            client = self.client()
            channel = client.bind_channel((LATE, SERVICE_PORT))

            ip("-netns", self.namespace, "addr", "add", f"{LATE}/32", "dev", "lo")

            self.eventually_forbids(client, (LATE, SERVICE_PORT))
            while True:  # what was sent before the address was known
                try:
                    self.service.recv(100)
                except TimeoutError:
                    break
            client.send_on_channel(channel, b"hello")
            self.assert_service_hears_nothing()

    # Clouds add such routes for their load balancers; no interface has the address.
    def test_an_address_of_a_local_route_is_no_peer(self):
        ip("-netns", self.namespace, "route", "add", "local", LOAD_BALANCER, "dev", "lo")
        with self.edge(NETWORK):
            client = self.client()
            self.assert_forbidden(client.permit, (BEHIND_BALANCER, SERVICE_PORT))

            ip("-netns", self.namespace, "route", "del", "local", LOAD_BALANCER, "dev", "lo")

            self.eventually_permits(client, (BEHIND_BALANCER, SERVICE_PORT))
            ip("-netns", self.namespace, "route", "add", "local", f"{BEHIND_BALANCER}/32", "dev", "lo")
            self.eventually_forbids(client, (BEHIND_BALANCER, SERVICE_PORT))

    def test_another_service_at_the_relayed_address_is_no_peer(self):
        with self.edge(NETWORK):
            client = self.client()
            client.permit((ADDRESS, SERVICE_PORT))  # a permission is for an address, without a port

            client.send_indication((ADDRESS, SERVICE_PORT), b"hello")

            self.assert_service_hears_nothing()

    def test_a_service_among_the_ports_of_tcp_allocations_gets_no_connection(self):
        with self.edge(NETWORK), network_namespace.entered(self.namespace), socket.create_server((ADDRESS, PORT_AMONG_RELAYED)) as service:
            client = self.tcp_client()

            for peer in ((ADDRESS, PORT_AMONG_RELAYED), (SECOND, PORT_AMONG_RELAYED)):
                self.assert_forbidden(client.connect, peer)

            service.settimeout(0.5)
            with self.assertRaises(TimeoutError):
                service.accept()

    def test_two_tcp_clients_meet_at_their_relayed_addresses(self):
        with self.edge():
            alice, bob = self.tcp_client(), self.tcp_client()
            bob.permit(alice.relayed)

            alice.connect(bob.relayed)

            peer, _ = bob.next_attempt()
            self.assertEqual(peer, alice.relayed)

    def test_two_clients_meet_at_their_relayed_addresses_on_all_data_planes(self):
        with self.edge():
            clients = []
            while len({core_of(client) for client in clients}) < CORES:
                self.assertLess(len(clients), MOST_CLIENTS, "the kernel gives one data plane all clients")
                clients.append(self.client())
            for alice, bob in itertools.permutations(clients, 2):
                alice.permit(bob.relayed)

            for alice, bob in itertools.permutations(clients, 2):
                with self.subTest(of=core_of(alice), to=core_of(bob)):
                    alice.send_indication(bob.relayed, str(alice.relayed).encode())
                    self.assertEqual(bob.receive(), str(alice.relayed).encode())


if __name__ == "__main__":
    unittest.main(verbosity=2)
