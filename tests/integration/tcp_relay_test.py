#!/usr/bin/env python3
"""RFC 6062 (off by default): TCP between relay and peers, on an edge with two data planes.

The kernel distributes connections, so some data connections arrive at the data plane that does not hold the peer's connection.
"""

import concurrent.futures
import contextlib
import os
import re
import socket
import ssl
import subprocess
import threading
import unittest

import lone_edge
import network_namespace
from lone_edge import PASSWORD, PEER_V4, TLS_PORT, TURN_PORT, USER, V4, V6
from stream_socket import StreamSocket
from turn_client import TCP_PROTOCOL, TurnClient, TurnError

WITHIN_S = 10.0
MESSAGES = 20
PER_ALLOCATION = 3
BULK_BYTES = 8 << 20
MOST_HELD_BYTES = 48 << 20  # buffers of the kernels for two connections, and of the relay
FOREIGN = {
    "over_tcp": [V4],
    "over_tls": ["-S", "-p", TLS_PORT, V4],
    "of_v6": ["-x", V6],
    "for_many_clients": ["-m", 8, V4],
}  # each client mostly waits, so all run at once


class TcpRelayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.namespace = cls.enterClassContext(
            lone_edge.lone_edge(turn={"tcp_relay": {"enabled": True, "connections_per_allocation": PER_ALLOCATION}}, cores=2))
        cls.enterClassContext(network_namespace.entered(cls.namespace))
        pool = cls.enterClassContext(concurrent.futures.ThreadPoolExecutor(len(FOREIGN)))
        cls.done = {name: pool.submit(cls.uclient, arguments) for name, arguments in FOREIGN.items()}

    def test_connects_and_relays_both_ways(self):
        for port in (TURN_PORT, TLS_PORT):
            with self.subTest(port=port), self.peer() as listener:
                client = self.client(port)
                connection = client.connect(listener.getsockname())
                peer, relayed = self.accepted(listener)
                self.assertEqual(relayed, client.relayed)
                data = self.data_connection(client, connection, port)

                self.assert_passes(data, peer)
                self.assert_passes(peer, data)

    def test_serves_data_connections_accepted_by_either_data_plane(self):
        with self.peer() as listener:
            for _ in range(16):
                client = self.client()
                connection = client.connect(listener.getsockname())
                peer, _ = self.accepted(listener)

                self.assert_passes(self.data_connection(client, connection), peer)

    def test_buffers_early_data_of_the_peer_for_the_client(self):
        with self.peer() as listener:
            client = self.client()
            connection = client.connect(listener.getsockname())
            peer, _ = self.accepted(listener)
            peer.sendall(b"early words")
            peer.shutdown(socket.SHUT_WR)

            data = self.connected(TURN_PORT)
            messages = StreamSocket(data)
            client.bind_connection(connection, messages)

            self.assertEqual(messages.take_ahead() + rest_of(data), b"early words")
            self.assert_passes(data, peer)

    def test_passes_large_transfers_unchanged(self):
        sent = os.urandom(BULK_BYTES)
        for port in (TURN_PORT, TLS_PORT):
            with self.subTest(port=port), self.peer() as listener:
                client = self.client(port)
                connection = client.connect(listener.getsockname())
                peer, _ = self.accepted(listener)
                data = self.data_connection(client, connection, port)

                for source, target in ((data, peer), (peer, data)):
                    sender = threading.Thread(target=source.sendall, args=(sent,))
                    sender.start()
                    self.assertEqual(exactly(target, BULK_BYTES), sent)
                    sender.join()

    def test_passes_a_half_close_and_continues_the_other_direction(self):
        with self.peer() as listener:
            client = self.client()
            connection = client.connect(listener.getsockname())
            peer, _ = self.accepted(listener)
            data = self.data_connection(client, connection)

            data.sendall(b"that is all")
            data.shutdown(socket.SHUT_WR)

            self.assertEqual(rest_of(peer), b"that is all")
            self.assert_passes(peer, data)
            peer.close()
            self.assertEqual(rest_of(data), b"")

    def test_slows_a_peer_whose_client_does_not_read(self):
        with self.peer() as listener:
            client = self.client()
            connection = client.connect(listener.getsockname())
            peer, _ = self.accepted(listener)
            data = self.data_connection(client, connection)

            peer.settimeout(1.0)
            sent = 0
            with contextlib.suppress(TimeoutError):
                while sent <= MOST_HELD_BYTES:
                    sent += peer.send(bytes(1 << 16))

            self.assertLess(sent, MOST_HELD_BYTES)
            peer.shutdown(socket.SHUT_WR)
            self.assertEqual(len(rest_of(data)), sent)

    def test_announces_permitted_peers_and_closes_others(self):
        client = self.client()
        with socket.create_connection(client.relayed, timeout=WITHIN_S) as stranger:
            self.assertEqual(rest_of(stranger), b"")
        client.permit((PEER_V4, 0))
        with socket.create_connection(client.relayed, timeout=WITHIN_S, source_address=(PEER_V4, 0)) as peer:
            who, connection = client.next_attempt()
            self.assertEqual(who, peer.getsockname())

            data = self.data_connection(client, connection)

            self.assert_passes(data, peer)
            self.assert_passes(peer, data)

    def test_reports_a_refusing_peer_and_the_connection_limit(self):
        client = self.client()
        with self.peer() as nobody:
            refusing = nobody.getsockname()
        self.assert_refused(447, client.connect, refusing)
        with self.peer() as listener:
            client.connect(listener.getsockname())
            self.assert_refused(446, client.connect, listener.getsockname())
            with contextlib.ExitStack() as others:
                for _ in range(PER_ALLOCATION - 1):
                    client.connect(others.enter_context(self.peer()).getsockname())
                self.assert_refused(508, client.connect, others.enter_context(self.peer()).getsockname())

    def test_rejects_an_unknown_connection_id(self):
        for guessed in range(4):  # ids of both data planes
            client = self.client()
            self.assert_refused(400, self.data_connection, client, bytes([0, 0, 0, guessed]))

    def test_ends_its_connections_with_the_allocation(self):
        with self.peer() as listener:
            client = self.client()
            connection = client.connect(listener.getsockname())
            peer, _ = self.accepted(listener)
            data = self.data_connection(client, connection)
            self.assert_passes(data, peer)

            client.release()

            self.assertEqual(rest_of(data), b"")
            self.assertEqual(rest_of(peer), b"")
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(client.relayed, timeout=WITHIN_S)

    def assert_passes(self, source, target):
        word = os.urandom(1000)
        source.sendall(word)
        self.assertEqual(exactly(target, len(word)), word)

    def assert_refused(self, code, ask, *arguments):
        with self.assertRaises(TurnError) as refusal:
            ask(*arguments)
        self.assertEqual(refusal.exception.code, code)

    def client(self, port=TURN_PORT):
        client = TurnClient(StreamSocket(self.connected(port)), None, USER, PASSWORD)
        client.allocate(TCP_PROTOCOL)
        return client

    def data_connection(self, client, connection, port=TURN_PORT):
        stream = self.connected(port)
        client.bind_connection(connection, StreamSocket(stream))
        stream.settimeout(WITHIN_S)
        return stream

    def connected(self, port):
        stream = socket.create_connection((V4, port), timeout=WITHIN_S)
        if port == TLS_PORT:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            stream = context.wrap_socket(stream)
        self.addCleanup(stream.close)
        return stream

    @contextlib.contextmanager
    def peer(self):
        with socket.create_server((PEER_V4, 0)) as listener:
            listener.settimeout(WITHIN_S)
            yield listener

    def accepted(self, listener):
        peer, relayed = listener.accept()
        peer.settimeout(WITHIN_S)
        self.addCleanup(peer.close)
        return peer, relayed

    @classmethod
    def uclient(cls, arguments):
        port = [] if "-p" in arguments else ["-p", TURN_PORT]
        command = network_namespace.command_in(cls.namespace, "turnutils_uclient", "-T", "-u", USER, "-w", PASSWORD,
                                               "-n", MESSAGES, "-l", 200, *port, *arguments)
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=200, check=False)

    def assert_foreign_client_loses_nothing(self, name):
        done = self.done[name].result()

        self.assertEqual(done.returncode, 0, done.stdout)
        sent, received = map(int, re.findall(r"tot_send_msgs=(\d+), tot_recv_msgs=(\d+)", done.stdout)[-1])
        self.assertEqual(received, sent, done.stdout)
        self.assertGreaterEqual(sent, MESSAGES, done.stdout)


def exactly(stream, size):
    received = bytearray()
    while len(received) < size and (more := stream.recv(1 << 16)):
        received += more
    return bytes(received)


def rest_of(stream):
    received = bytearray()
    while more := stream.recv(1 << 16):
        received += more
    return bytes(received)


def _add_foreign_tests():
    for name in FOREIGN:
        setattr(TcpRelayTest, f"test_serves_turnutils_{name}",
                lambda self, name=name: self.assert_foreign_client_loses_nothing(name))


_add_foreign_tests()

if __name__ == "__main__":
    unittest.main(verbosity=2)
