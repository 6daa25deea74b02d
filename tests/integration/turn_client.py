"""A small TURN client (RFC 8489, RFC 8656; UDP, IPv4), independent of the product's codec.

A test chooses the payload bytes, so that it recognizes them on the wire.
"""

import hashlib
import hmac
import os
import socket
import struct

MAGIC_COOKIE = 0x2112A442
ALLOCATE, REFRESH, SEND, DATA, CREATE_PERMISSION, CHANNEL_BIND = 0x003, 0x004, 0x006, 0x007, 0x008, 0x009
INDICATION, SUCCESS, ERROR = 0x0010, 0x0100, 0x0110
USERNAME, MESSAGE_INTEGRITY, ERROR_CODE, CHANNEL_NUMBER, LIFETIME = 0x0006, 0x0008, 0x0009, 0x000C, 0x000D
PEER_ADDRESS, DATA_VALUE, REALM, NONCE, RELAYED_ADDRESS, REQUESTED_TRANSPORT = 0x0012, 0x0013, 0x0014, 0x0015, 0x0016, 0x0019
ALTERNATE_SERVER = 0x8023
CONNECT, CONNECTION_BIND, CONNECTION_ATTEMPT, CONNECTION_ID = 0x00A, 0x00B, 0x00C, 0x002A  # RFC 6062
UDP_PROTOCOL = struct.pack("!B3x", 17)
TCP_PROTOCOL = struct.pack("!B3x", 6)
FIRST_CHANNEL = 0x4000
ANSWER_WITHIN_S = 2.0
TRANSMISSIONS = 3  # of one request


class TurnError(Exception):
    def __init__(self, code, reason, alternate=None):
        super().__init__(f"{code} {reason}")
        self.code = code
        self.alternate = alternate  # ALTERNATE-SERVER of a 300


class TurnClient:
    """One allocation over one socket. The socket may belong to another network namespace."""

    def __init__(self, sock, server, username, password):
        self.socket = sock
        self.socket.connect(server)
        self._username, self._password = username, password
        self._realm = self._nonce = b""
        self._early = []  # peer data received while waiting for an answer
        self.relayed = None

    def allocate(self, protocol=UDP_PROTOCOL):
        try:
            self._request(ALLOCATE, [(REQUESTED_TRANSPORT, protocol)], signed=False)
            raise AssertionError("the server accepted an Allocate without credentials")
        except TurnError as challenge:
            if challenge.code != 401:
                raise
        answer = self._request(ALLOCATE, [(REQUESTED_TRANSPORT, protocol)])
        self.relayed = decode_address(answer[RELAYED_ADDRESS])
        return self.relayed

    def refresh(self, lifetime_s):
        """Returns the granted lifetime in seconds."""
        answer = self._request(REFRESH, [(LIFETIME, struct.pack("!I", lifetime_s))])
        return struct.unpack("!I", answer[LIFETIME])[0]

    def release(self):
        self._request(REFRESH, [(LIFETIME, struct.pack("!I", 0))])

    def permit(self, peer):
        self._request(CREATE_PERMISSION, [(PEER_ADDRESS, encode_address(peer))])

    def bind_channel(self, peer, channel=FIRST_CHANNEL):
        self._request(CHANNEL_BIND, [(CHANNEL_NUMBER, struct.pack("!H2x", channel)), (PEER_ADDRESS, encode_address(peer))])
        return channel

    def send_indication(self, peer, data):
        self.socket.send(message(SEND | INDICATION, os.urandom(12), [(PEER_ADDRESS, encode_address(peer)), (DATA_VALUE, data)]))

    def send_on_channel(self, channel, data):
        self.socket.send(struct.pack("!HH", channel, len(data)) + data)

    def connect(self, peer):
        """Sends Connect (RFC 6062). Returns the id of the peer connection."""
        return self._request(CONNECT, [(PEER_ADDRESS, encode_address(peer))])[CONNECTION_ID]

    def bind_connection(self, connection, stream):
        """Sends ConnectionBind on a new connection with the same credentials, to make it the data connection of an id."""
        data = type(self)(stream, None, self._username, self._password)
        data._realm, data._nonce = self._realm, self._nonce
        data._request(CONNECTION_BIND, [(CONNECTION_ID, connection)])

    def next_attempt(self):
        """Waits for a ConnectionAttempt. Returns the peer and the id of its connection."""
        self.socket.settimeout(ANSWER_WITHIN_S)
        told = self._early.pop(0) if self._early else self.socket.recv(65536)
        if struct.unpack_from("!H", told)[0] != CONNECTION_ATTEMPT | INDICATION:
            raise AssertionError(f"no ConnectionAttempt: {told!r}")
        attributes = attributes_of(told)
        return decode_address(attributes[PEER_ADDRESS]), attributes[CONNECTION_ID]

    def receive(self, within_s=ANSWER_WITHIN_S):
        """The next data of a peer, from ChannelData or a Data indication. None after the timeout."""
        self.socket.settimeout(within_s)
        try:
            datagram = self._early.pop(0) if self._early else self.socket.recv(65536)
        except TimeoutError:
            return None
        first, length = struct.unpack_from("!HH", datagram)
        if first >= FIRST_CHANNEL:
            return datagram[4 : 4 + length]
        return attributes_of(datagram).get(DATA_VALUE)

    def _request(self, method, attributes, signed=True):
        transaction = os.urandom(12)
        if signed:
            attributes = [*attributes, (USERNAME, self._username.encode()), (REALM, self._realm), (NONCE, self._nonce)]
        request = message(method, transaction, attributes, self._key() if signed else None)
        self.socket.settimeout(ANSWER_WITHIN_S)
        for transmission in range(TRANSMISSIONS):
            if transmission > 0:
                print(f"no answer to method {method} within {ANSWER_WITHIN_S} s: transmission {transmission + 1} of {TRANSMISSIONS}")
            self.socket.send(request)
            try:
                answer = self.socket.recv(65536)
                while answer[8:20] != transaction:
                    self._early.append(answer)
                    answer = self.socket.recv(65536)
                return self._result(answer)
            except TimeoutError:
                continue
        raise TimeoutError(f"no answer to method {method} after {TRANSMISSIONS} transmissions")

    def _result(self, answer):
        attributes = attributes_of(answer)
        if struct.unpack_from("!H", answer)[0] & ERROR != ERROR:
            return attributes
        self._realm, self._nonce = attributes.get(REALM, self._realm), attributes.get(NONCE, self._nonce)
        hundreds, units = struct.unpack_from("!2xBB", attributes[ERROR_CODE])
        alternate = plain_address(attributes[ALTERNATE_SERVER]) if ALTERNATE_SERVER in attributes else None
        raise TurnError(100 * hundreds + units, attributes[ERROR_CODE][4:].decode(), alternate)

    def _key(self):
        # RFC 8489 section 9.2.2
        return hashlib.md5(b":".join([self._username.encode(), self._realm, self._password.encode()])).digest()


def message(kind, transaction, attributes, key=None):
    body = b"".join(_attribute(*attribute) for attribute in attributes)
    if key is None:
        return _header(kind, len(body), transaction) + body
    # RFC 8489 section 14.5: the length counts MESSAGE-INTEGRITY, the digest ends before it.
    signed = _header(kind, len(body) + 24, transaction) + body
    return signed + _attribute(MESSAGE_INTEGRITY, hmac.new(key, signed, hashlib.sha1).digest())


def _header(kind, length, transaction):
    return struct.pack("!HHI", kind, length, MAGIC_COOKIE) + transaction


def _attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def attributes_of(datagram):
    attributes, at = {}, 20
    while at + 4 <= len(datagram):
        kind, length = struct.unpack_from("!HH", datagram, at)
        attributes.setdefault(kind, datagram[at + 4 : at + 4 + length])
        at += 4 + length + (-length % 4)
    return attributes


def encode_address(address):
    host, port = address
    packed = struct.unpack("!I", socket.inet_aton(host))[0] ^ MAGIC_COOKIE
    return struct.pack("!BBHI", 0, 1, port ^ MAGIC_COOKIE >> 16, packed)


def decode_address(value):
    port, packed = struct.unpack_from("!2xHI", value)
    return socket.inet_ntoa(struct.pack("!I", packed ^ MAGIC_COOKIE)), port ^ MAGIC_COOKIE >> 16


def plain_address(value):
    port, packed = struct.unpack_from("!2xH4s", value)
    return socket.inet_ntoa(packed), port
