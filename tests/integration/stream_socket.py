"""A TCP or TLS connection that gives and takes whole TURN messages, as a datagram socket does (RFC 8656 section 12.5)."""

import struct

STUN_HEADER = 20
CHANNEL_HEADER = 4


class StreamSocket:
    """Fits where TurnClient wants a socket."""

    def __init__(self, stream):
        self.stream = stream
        self._received = b""

    def connect(self, _):
        """It is connected already."""

    def settimeout(self, seconds):
        self.stream.settimeout(seconds)

    def send(self, message):
        self.stream.sendall(message + bytes(-len(message) % 4))

    def recv(self, _):
        """One message; an empty one when the other side has ended the connection."""
        while not (message := self._whole_message()):
            more = self.stream.recv(65536)
            if not more:
                return b""
            self._received += more
        return message

    def _whole_message(self):
        if len(self._received) < CHANNEL_HEADER:
            return b""
        kind, length = struct.unpack_from("!HH", self._received)
        size = CHANNEL_HEADER + length if kind >= 0x4000 else STUN_HEADER + length
        padded = size + (-size % 4)
        if len(self._received) < padded:
            return b""
        message, self._received = self._received[:size], self._received[padded:]
        return message
