"""Many allocations of one server with an echoing peer, in one process. Every datagram has a number, and none may be missing."""

import select
import socket
import struct
import threading
import time

from turn_client import TurnClient

PACKET = struct.Struct("!II")  # allocation, sequence
LAST_ONE_WITHIN_S = 10.0
BUFFER_BYTES = 8 << 20


class EchoPeer(threading.Thread):
    """Echoes datagrams. Opens its socket in the caller's network namespace."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, 33, BUFFER_BYTES)  # SO_RCVBUFFORCE
        self._socket.bind((address, 0))
        self.address = self._socket.getsockname()
        self._stopped = False

    def run(self):
        self._socket.settimeout(0.2)
        while not self._stopped:
            try:
                data, sender = self._socket.recvfrom(2048)
            except TimeoutError:
                continue
            self._socket.sendto(data, sender)

    def stop(self):
        self._stopped = True
        self.join()
        self._socket.close()


class Fleet:
    """`count` allocations, each with a channel to the peer. Sends paced rounds of one datagram for each allocation.

    `sockets` are connected StreamSockets for the first allocations. Each other allocation opens a UDP socket.
    """

    def __init__(self, local, server, credentials, peer, count, sockets=()):
        self._poll = select.epoll()
        self._by_fd = {}
        self.clients = []
        self.sent = self.received = 0
        self._missing = set()
        for number in range(count):
            own = sockets[number] if number < len(sockets) else _bound_socket(local)
            client = TurnClient(own, server, *credentials)
            client.allocate()
            client.bind_channel(peer.address)
            self._poll.register(client.socket.fileno(), select.EPOLLIN)
            self._by_fd[client.socket.fileno()] = number
            self.clients.append(client)

    def send_rounds(self, rounds, seconds, between=None):
        """Sends the datagrams evenly. Calls `between` once, halfway, in another thread while datagrams flow."""
        total = rounds * len(self.clients)
        start = time.monotonic()
        helper = None
        for index in range(total):
            self._take(timeout=max(0.0, start + seconds * index / total - time.monotonic()))
            if between and index == total // 2:
                helper = threading.Thread(target=between)
                helper.start()
            number = index % len(self.clients)
            self.sent += 1
            self._missing.add((number, self.sent))
            self.clients[number].send_on_channel(0x4000, PACKET.pack(number, self.sent))
        deadline = time.monotonic() + LAST_ONE_WITHIN_S
        while self._missing and time.monotonic() < deadline:
            self._take(timeout=0.1)
        if helper:
            helper.join()

    @property
    def lost(self):
        return len(self._missing)

    def close(self):
        for client in self.clients:
            client.socket.close()
        self._poll.close()

    def _take(self, timeout):
        for fd, _ in self._poll.poll(timeout):
            client = self.clients[self._by_fd[fd]]
            self._take_one(client)
            while getattr(client.socket, "holds_more", False):
                self._take_one(client)

    def _take_one(self, client):
        data = client.receive(within_s=0.5)
        if data is not None and len(data) == PACKET.size:
            self.received += 1
            self._missing.discard(PACKET.unpack(data))


def _bound_socket(local):
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind((local, 0))
    return bound
