"""Inside a host's namespace: records handshake initiations, or sends recorded ones and counts what comes back.

    handshake_tap.py record PORT          until SIGTERM, then prints the initiations as a JSON list of hexadecimal strings
    handshake_tap.py replay ADDRESS PORT  reads such a list from standard input, prints {"sent", "answers", "frames"}
"""

import json
import select
import signal
import socket
import struct
import sys
import time

ETH_P_IP = 0x0800
INITIATION, RESPONSE, COOKIE = 1, 2, 3  # overlay/link/handshake_message.h
TIMES = 5
LISTEN_S = 5.0


def main():
    if sys.argv[1] == "record":
        record(int(sys.argv[2]))
    else:
        replay(sys.argv[2], int(sys.argv[3]))


def record(port):
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
    seen, stopped = [], []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    while not stopped:
        if select.select([tap], [], [], 0.1)[0]:
            packet, (_, _, direction, *_) = tap.recvfrom(65536)
            payload = udp_payload(packet, port)
            if direction != socket.PACKET_OUTGOING and payload[:4] == bytes([INITIATION, 0, 0, 0]):
                seen.append(payload.hex())
    print(json.dumps(seen), flush=True)


def udp_payload(packet, port):
    header = (packet[0] & 15) * 4
    if packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_UDP or struct.unpack("!H", packet[header + 2:header + 4])[0] != port:
        return b""
    return packet[header + 8:]


def replay(address, port):
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setblocking(False)
    recorded = [bytes.fromhex(text) for text in json.load(sys.stdin)]
    counts = {"sent": 0, "answers": 0, "frames": 0}
    for _ in range(TIMES):
        for datagram in recorded:
            sender.sendto(datagram, (address, port))
            counts["sent"] += 1
            time.sleep(0.005)
            drain(sender, counts)
    deadline = time.monotonic() + LISTEN_S
    while time.monotonic() < deadline:
        if select.select([sender], [], [], 0.1)[0]:
            drain(sender, counts)
    print(json.dumps(counts), flush=True)


def drain(sender, counts):
    while True:
        try:
            datagram = sender.recv(65536)
        except BlockingIOError:
            return
        counts["answers" if datagram[:1] and datagram[0] in (RESPONSE, COOKIE) else "frames"] += 1


if __name__ == "__main__":
    main()
