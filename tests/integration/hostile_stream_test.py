#!/usr/bin/env python3
"""Hostile clients on TCP and TLS ports: the edge closes foreign connections, buffers little, and serves all other clients."""

import contextlib
import socket
import struct
import time
import unittest

import network_namespace
from edge_and_clients import CLIENT_V4, PASSWORD, TLS_PORT, TURN_PORT, USER, V4, edge_and_clients
from edge_under_churn import Daemon
from stream_socket import StreamSocket
from turn_client import ALLOCATE, REQUESTED_TRANSPORT, UDP_PROTOCOL, TurnClient, message

CLOSED_WITHIN_S = 20.0  # the edge closes an idle connection after half of it
MOST_SAID = 7
HALF_OPEN = 100
FLOOD_BYTES = 64 << 20
MOST_KEPT_KIB = 8 << 10
TLS_HANDSHAKE = b"\x16\x03\x01\x02\x00"  # RFC 8446 section 5.1: the header of a record of 512 bytes


class HostileStreamTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.net = cls.enterClassContext(edge_and_clients())
        cls.enterClassContext(network_namespace.entered(cls.net.clients["a"]))

    def tearDown(self):
        self.assert_relays(self.allocated(self.datagram_socket()))  # other clients are still served

    def test_closes_connections_of_other_protocols(self):
        for port in (TURN_PORT, TLS_PORT):
            for words in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x00" * 100, b"\xff" * 100, bytes(range(256))):
                with self.subTest(port=port, words=words[:8]), self.connected(port) as stream:
                    stream.sendall(words)

                    self.assertLessEqual(len(self.rest_of(stream)), MOST_SAID)  # TLS sends an alert

    def test_rejects_plain_turn_on_a_tls_port(self):
        """libnice sends plain TURN to turns: servers."""
        with self.connected(TLS_PORT) as stream:
            stream.sendall(message(ALLOCATE, bytes(12), [(REQUESTED_TRANSPORT, UDP_PROTOCOL)]))

            self.assertNotIn(bytes(12), self.rest_of(stream), "it answered in plain text")

    def test_closes_half_open_connections_and_serves_others_meanwhile(self):
        with contextlib.ExitStack() as stack:
            streams = [stack.enter_context(self.connected(port)) for port in (TURN_PORT, TLS_PORT) for _ in range(HALF_OPEN // 2)]
            for stream in streams[HALF_OPEN // 2:]:
                stream.sendall(TLS_HANDSHAKE)

            self.assert_relays(self.allocated(self.datagram_socket()))
            for stream in streams:
                self.rest_of(stream)

    def test_buffers_little_for_a_client_that_does_not_read(self):
        daemon = Daemon(self.net)
        with self.connected(TURN_PORT) as stream:
            lazy, peer = self.allocated(StreamSocket(stream)), self.datagram_socket()
            lazy.bind_channel(peer.getsockname())
            before = daemon.resident_kib()

            for _ in range(FLOOD_BYTES // 1024):
                peer.sendto(bytes(1024), lazy.relayed)

            self.assertLess(daemon.resident_kib() - before, MOST_KEPT_KIB)
            self.assert_relays(self.allocated(self.datagram_socket()))

    def test_skips_frames_that_are_larger_than_any_packet(self):
        with self.connected(TURN_PORT) as stream:
            stream.sendall(struct.pack("!HHI12x", ALLOCATE, 0xFFFC, 0x2112A442) + bytes(0xFFFC))
            self.assertEqual(self.rest_of(stream), b"")
        with self.connected(TURN_PORT) as stream:
            client, peer = self.allocated(StreamSocket(stream)), self.datagram_socket()
            channel = client.bind_channel(peer.getsockname())
            client.send_on_channel(channel, bytes(0xFFFF))
            self.assert_relays(client, peer, channel)

    def test_accepts_messages_in_pieces_of_one_byte(self):
        with self.connected(TURN_PORT) as stream:
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in message(ALLOCATE, bytes(12), [(REQUESTED_TRANSPORT, UDP_PROTOCOL)]):
                stream.send(bytes([byte]))
                time.sleep(0.002)

            self.assertEqual(StreamSocket(stream).recv(0)[:2], b"\x01\x13")

    @contextlib.contextmanager
    def connected(self, port):
        with socket.create_connection((V4, port), timeout=5) as stream:
            stream.settimeout(CLOSED_WITHIN_S)
            yield stream

    def allocated(self, sock):
        client = TurnClient(sock, (V4, TURN_PORT), USER, PASSWORD)
        client.allocate()
        return client

    def datagram_socket(self):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(sock.close)
        sock.bind((CLIENT_V4, 0))
        return sock

    def assert_relays(self, client, peer=None, channel=None):
        peer = peer or self.datagram_socket()
        channel = channel or client.bind_channel(peer.getsockname())
        peer.settimeout(5)
        client.send_on_channel(channel, b"are you there")
        data, relayed = peer.recvfrom(2048)
        self.assertEqual(data, b"are you there")
        peer.sendto(b"I am", relayed)
        self.assertEqual(client.receive(), b"I am")

    def rest_of(self, stream):
        """The bytes that the edge sends before it closes the connection, which it must do in time."""
        said = b""
        with contextlib.suppress(ConnectionResetError):
            while more := stream.recv(65536):
                said += more
        return said


if __name__ == "__main__":
    unittest.main(verbosity=2)
