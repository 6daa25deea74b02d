#!/usr/bin/env python3
"""A hub cannot read the media that it forwards.

Two TURN clients exchange packets that carry a mark. The capture must show the mark between clients and edges, which proves that the
capture works. It must not show the mark at any hub, although as many packets of that size cross the hubs.
"""

import contextlib
import json
import socket
import time
import unittest

from network_namespace import entered
from own_lab import PASSWORD, USER, own_lab
from turn_client import TurnClient

CALLER, CALLEE = "client-a", "client-b"
MARK = b"this is private to the two of us"
PACKETS = 200
PACKET_BYTES = 1000
INTERVAL_S = 0.005
LAST_ONE_WITHIN_S = 5.0
ETHERTYPE_ALL = 0x0003
SO_RCVBUFFORCE = 33  # Linux; Python has no name for it
IP_AND_UDP_BYTES = 28
MAX_HEADER_BYTES = 160  # link, route and seal around a payload


class HubSecrecyTest(unittest.TestCase):
    def test_a_hub_forwards_media_that_it_cannot_read(self):
        with contextlib.ExitStack() as stack:
            lab = stack.enter_context(own_lab())
            edges = [lab.edge_near(client) for client in (CALLER, CALLEE)]
            hubs = [node.name for node in lab.topology.nodes if node.role == "hub"]
            lab.wait_for_standby(*edges)
            captures = {name: stack.enter_context(Capture(lab.namespace_of(name))) for name in [*hubs, *edges]}

            received = talk(*(stack.enter_context(turn_client(lab, client)) for client in (CALLER, CALLEE)), captures)

            used = {"there": lab.active_hubs(*edges), "back": lab.active_hubs(*reversed(edges))}
            summary = {"sent_each_way": PACKETS, "received": received, "hubs_in_use": used, "captured": {
                name: {"packets": capture.packets, "of_media_size": capture.of_media_size, "readable": capture.marked}
                for name, capture in captures.items()}}
            print(json.dumps(summary, indent=2))

        for way, hubs_in_use in used.items():
            self.assertTrue(hubs_in_use, f"the way {way} does not cross a hub")
        # Each packet enters and leaves some hub. The path may change during the test, so the hubs are counted together.
        carried = sum(captures[hub].of_media_size for hub in hubs)
        self.assertGreaterEqual(carried, 2 * sum(received), "the call was not seen at the hubs")
        for edge in edges:
            self.assertGreaterEqual(captures[edge].marked, PACKETS, f"the capture at {edge} is blind")
        for hub in hubs:
            self.assertEqual(captures[hub].marked, 0, f"{hub} can read what it forwards")
        self.assertEqual(received, [PACKETS, PACKETS], "packets of the call were lost")


class Capture:
    """Captures each IP packet of a namespace, in both directions, and counts it."""

    def __init__(self, namespace):
        with entered(namespace):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETHERTYPE_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        self._socket.setblocking(False)
        self.packets = self.of_media_size = self.marked = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def drain(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                packet = self._socket.recv(65536)
                self.packets += 1
                self.of_media_size += datagrams_of_media_size(len(packet) - IP_AND_UDP_BYTES)
                self.marked += packet.count(MARK)


def datagrams_of_media_size(length):
    """The least number of datagrams: the capture may show a train before the kernel splits it into datagrams."""
    return 0 if length < PACKET_BYTES else length // (PACKET_BYTES + MAX_HEADER_BYTES) + 1


@contextlib.contextmanager
def turn_client(lab, host):
    """A TURN client on that host, with an allocation at the edge near it."""
    with entered(lab.namespace_of(host)):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sock:
        client = TurnClient(sock, lab.turn_address(lab.edge_near(host)), USER, PASSWORD)
        client.allocate()
        yield client
        client.release()


def talk(caller, callee, captures):
    """Sends half of the packets as Send indications and half on channels, both ways. Returns the unaltered packets that each received."""
    ends = ((caller, callee), (callee, caller))
    for client, peer in ends:
        client.permit(peer.relayed)
    received = [set(), set()]
    for number in range(PACKETS):
        if number == PACKETS // 2:
            for client, peer in ends:
                client.bind_channel(peer.relayed)
        payload = (MARK + number.to_bytes(4, "big")).ljust(PACKET_BYTES, b".")
        for client, peer in ends:
            if number < PACKETS // 2:
                client.send_indication(peer.relayed, payload)
            else:
                client.send_on_channel(0x4000, payload)
        time.sleep(INTERVAL_S)
        collect(ends, received, 0.0001)
        for capture in captures.values():
            capture.drain()
    deadline = time.monotonic() + LAST_ONE_WITHIN_S
    while min(map(len, received)) < PACKETS and time.monotonic() < deadline:
        collect(ends, received, 0.05)
    for capture in captures.values():
        capture.drain()
    return [len(numbers) for numbers in received]


def collect(ends, received, within_s):
    for (client, _), numbers in zip(ends, received):
        while (data := client.receive(within_s)) is not None:
            if len(data) == PACKET_BYTES and data.startswith(MARK):
                numbers.add(int.from_bytes(data[len(MARK) : len(MARK) + 4], "big"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
