"""A TCP or TLS connection that sends and receives whole TURN messages, as a datagram socket does (RFC 8656 section 12.5)."""

import ssl
import struct

STUN_HEADER = 20
CHANNEL_HEADER = 4


class StreamSocket:
    """Has the interface of the socket that TurnClient uses."""

    def __init__(self, stream):
        self.stream = stream
        self._received = b""

    def connect(self, _):
        """Does nothing: the connection exists already."""

    def fileno(self):
        return self.stream.fileno()

    def close(self):
        self.stream.close()

    @property
    def holds_more(self):
        """True when a message is buffered already; the descriptor does not show it."""
        return self._has_whole_message() or (isinstance(self.stream, ssl.SSLSocket) and self.stream.pending() > 0)

    def settimeout(self, seconds):
        self.stream.settimeout(seconds)

    def send(self, message):
        self.stream.sendall(message + bytes(-len(message) % 4))

    def recv(self, _):
        """Returns one message; empty when the other side has closed the connection."""
        while not (message := self._whole_message()):
            more = self.stream.recv(65536)
            if not more:
                return b""
            self._received += more
        return message

    def take_ahead(self):
        """The bytes after the last message, when the stream continues with other data."""
        ahead, self._received = self._received, b""
        return ahead

    def _whole_message(self):
        if not self._has_whole_message():
            return b""
        size = self._message_size()
        message, self._received = self._received[:size], self._received[_padded(size) :]
        return message

    def _has_whole_message(self):
        return len(self._received) >= CHANNEL_HEADER and len(self._received) >= _padded(self._message_size())

    def _message_size(self):
        kind, length = struct.unpack_from("!HH", self._received)
        return CHANNEL_HEADER + length if kind >= 0x4000 else STUN_HEADER + length


def _padded(size):
    return size + (-size % 4)
