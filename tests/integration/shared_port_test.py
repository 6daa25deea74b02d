#!/usr/bin/env python3
"""One TLS port for TURN and an HTTPS server, certificates that change at run time, and proxies that name the client."""

import contextlib
import json
import pathlib
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import unittest

import lone_edge
import network_namespace
import test_pki
from lone_edge import PEER_V4, TURN_PORT, V4, programs

SHARED_PORT = 443
HTTPS_PORT = 8443
TOLD_PORT = 8444  # of an HTTPS server that expects PROXY headers
BACKEND_GREETING = b"this is the HTTPS server\n"
BINDING = struct.pack(">HHI", 0x0001, 0, 0x2112A442) + b"shared-port!"
PROXY_SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")


class SharedPortTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="causeway-shared-port-")))
        cls.pki = test_pki.make(folder / "pki", [V4])
        namespace = cls.enterClassContext(network_namespace.lone_namespace("port", [f"{V4}/32", f"{PEER_V4}/32"]))
        command = [programs.find("causewayd"), "--config", configure(folder, cls.pki)]
        cls.enterClassContext(lone_edge.running(namespace, command, V4, folder / "log"))
        cls.enterClassContext(network_namespace.entered(namespace))
        cls.enterClassContext(https_server(cls.pki, HTTPS_PORT))
        cls.enterClassContext(https_server(cls.pki, TOLD_PORT, is_told=True))
        cls.folder = folder

    def test_answers_clients_with_the_turn_protocol_name(self):
        with self.tls(alpn=["stun.turn"]) as stream:
            self.assertEqual(stream.selected_alpn_protocol(), "stun.turn")
            self.assertEqual(mapped_address(ask_binding(stream)), stream.getsockname())

    def test_answers_clients_without_a_protocol_name(self):
        with self.tls(alpn=None) as stream:
            self.assertEqual(mapped_address(ask_binding(stream)), stream.getsockname())

    def test_forwards_web_clients_to_the_https_server(self):
        with self.tls(alpn=["h2", "http/1.1"]) as stream:
            self.assertEqual(stream.recv(100), BACKEND_GREETING)
            stream.sendall(b"echo" * 10_000)
            self.assertEqual(receive(stream, 40_000), b"echo" * 10_000)

    def test_forwards_other_names_to_the_https_server(self):
        with self.tls(alpn=None, name="www.causeway.test", verify=False) as stream:
            self.assertEqual(stream.recv(100), BACKEND_GREETING)

    def test_sends_proxy_headers_to_the_https_server_after_a_reload(self):
        with self.tls(alpn=["h2", "http/1.1"]) as kept:
            self.assertEqual(kept.recv(100), BACKEND_GREETING)
            self.reload(https_backend=f"{V4}:{TOLD_PORT}", proxy_protocol_to_backend=True)
            self.addCleanup(self.reload)

            with self.tls(alpn=["h2", "http/1.1"]) as stream:
                self.assertEqual(stream.recv(100), greeting_of(stream.getsockname(), (V4, SHARED_PORT)))
            with self.tls(alpn=["h2", "http/1.1"], source=PEER_V4, first=proxy_header()) as stream:
                self.assertEqual(stream.recv(100), greeting_of(("198.51.100.7", 4711), ("192.0.2.1", SHARED_PORT)))
            kept.sendall(b"still here")
            self.assertEqual(receive(kept, 10), b"still here")

    def reload(self, **listener):
        configure(self.folder, self.pki, **listener)
        subprocess.run([programs.find("causeway"), "reload", "--socket", self.folder / "admin.sock"], check=True,
                       stdout=subprocess.DEVNULL)

    def test_accepts_a_client_hello_in_pieces(self):
        hello = self.client_hello()
        with socket.create_connection((V4, SHARED_PORT), timeout=5) as plain:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for byte in hello[:40]:
                plain.sendall(bytes([byte]))
            plain.sendall(hello[40:])

            self.assertEqual(plain.recv(1), b"\x16")

    def test_uses_the_address_in_a_proxy_header(self):
        with self.tls(alpn=["stun.turn"], source=PEER_V4, first=proxy_header()) as stream:
            self.assertEqual(mapped_address(ask_binding(stream)), ("198.51.100.7", 4711))

    def test_requires_a_header_from_proxies_and_rejects_it_from_others(self):
        header = PROXY_SIGNATURE + b"\x20\x00\x00\x00"
        for source, first in ((PEER_V4, b""), (V4, header)):
            with self.subTest(source), socket.create_connection((V4, SHARED_PORT), timeout=5, source_address=(source, 0)) as stream:
                stream.sendall(first + self.client_hello())
                self.assertEqual(rest_of(stream), b"", "it answered before it closed the connection")

    def test_closes_connections_of_other_protocols(self):
        for first in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05hello", BINDING):
            with socket.create_connection((V4, SHARED_PORT), timeout=5) as stream:
                stream.sendall(first)
                self.assertTrue(is_closed(stream), first)

    def test_uses_a_new_certificate_without_a_restart(self):
        with self.tls(alpn=["stun.turn"]) as kept:
            test_pki.issue(self.pki, [V4], common_name="renewed")

            deadline = time.monotonic() + 10
            while self.shown_name() != "renewed":
                self.assertLess(time.monotonic(), deadline, "the old certificate is still shown")
                time.sleep(0.1)
            self.assertTrue(ask_binding(kept))

    def shown_name(self):
        with self.tls(alpn=["stun.turn"]) as stream:
            return dict(pair for entry in stream.getpeercert()["subject"] for pair in entry)["commonName"]

    def context(self, alpn, verify=True):
        context = ssl.create_default_context(cafile=str(self.pki.ca))
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if alpn:
            context.set_alpn_protocols(alpn)
        return context

    def client_hello(self):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = self.context(["stun.turn"]).wrap_bio(incoming, outgoing, server_hostname=test_pki.SERVER_NAME)
        with self.assertRaises(ssl.SSLWantReadError):
            session.do_handshake()
        return outgoing.read()

    def tls(self, alpn, name=test_pki.SERVER_NAME, verify=True, source=V4, first=b""):
        plain = socket.create_connection((V4, SHARED_PORT), timeout=5, source_address=(source, 0))
        try:
            plain.sendall(first)
            return self.context(alpn, verify).wrap_socket(plain, server_hostname=name)
        except BaseException:
            plain.close()
            raise


def proxy_header():
    """The PROXY header for 198.51.100.7:4711."""
    ends = bytes([198, 51, 100, 7, 192, 0, 2, 1]) + struct.pack(">HH", 4711, SHARED_PORT)
    return PROXY_SIGNATURE + b"\x21\x11" + struct.pack(">H", len(ends)) + ends


def configure(folder, pki, **listener):
    config = folder / "config.yaml"
    config.write_text(json.dumps({
        "turn": {
            "listen": [f"{V4}:{TURN_PORT}"],
            "listeners": [{
                "address": f"{V4}:{SHARED_PORT}",
                "transports": ["tls"],
                "proxy_protocol_from": [PEER_V4],
                "https_backend": f"{V4}:{HTTPS_PORT}",
                **listener,
            }],
            "tls": {"certificate": str(pki.certificate), "key": str(pki.key)},
            "allow_private_relay_addresses": True,
            "rest_secrets": ["nobody-logs-in-here"],
        },
        "admin": {"socket": str(folder / "admin.sock")},
    }))
    return config


def ask_binding(stream):
    stream.sendall(BINDING)
    header = receive(stream, 20)
    return receive(stream, struct.unpack(">H", header[2:4])[0])


def mapped_address(attributes):
    """The address in an answer whose first attribute is an XOR-MAPPED-ADDRESS of IPv4."""
    kind, _, family, port = struct.unpack(">HHHH", attributes[:8])
    assert (kind, family) == (0x0020, 1), attributes
    octets = bytes(a ^ b for a, b in zip(attributes[8:12], b"\x21\x12\xa4\x42"))
    return socket.inet_ntoa(octets), port ^ 0x2112


def receive(stream, size):
    got = b""
    while len(got) < size:
        piece = stream.recv(size - len(got))
        assert piece, f"closed after {len(got)} of {size} bytes"
        got += piece
    return got


def is_closed(stream):
    try:
        rest_of(stream)
        return True
    except TimeoutError:
        return False


def rest_of(stream):
    """The bytes that arrive before the other side closes the connection. Raises TimeoutError if it stays open."""
    rest = b""
    try:
        while more := stream.recv(4096):
            rest += more
    except ConnectionResetError:
        pass
    return rest


def told_ends(stream):
    """The client's and the called address in a PROXY header of TCP over IPv4."""
    header = receive(stream, 28)
    assert header[:16] == PROXY_SIGNATURE + b"\x21\x11\x00\x0c", header
    client, server, client_port, server_port = struct.unpack(">4s4sHH", header[16:])
    return (socket.inet_ntoa(client), client_port), (socket.inet_ntoa(server), server_port)


def greeting_of(client, server):
    return f"{client[0]}:{client[1]} called {server[0]}:{server[1]}\n".encode()


@contextlib.contextmanager
def https_server(pki, port, is_told=False):
    """Sends a greeting, with the addresses of the PROXY header if one is expected, then echoes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.certificate, pki.key)
    context.set_alpn_protocols(["http/1.1"])

    def serve(stream):
        greeting = greeting_of(*told_ends(stream)) if is_told else BACKEND_GREETING
        with contextlib.suppress(OSError), context.wrap_socket(stream, server_side=True) as session:
            session.sendall(greeting)
            while piece := session.recv(4096):
                session.sendall(piece)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                stream, _ = listener.accept()
                threading.Thread(target=serve, args=(stream,), daemon=True).start()

    with socket.create_server((V4, port)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield
        listener.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    unittest.main(verbosity=2)
