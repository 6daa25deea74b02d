"""Sends datagrams that begin like handshakes to ADDRESS PORT at RATE a second, until SIGTERM. Prints one line of JSON at its end."""

import json
import os
import signal
import socket
import sys
import time

TICK_S = 0.001
MOST_TICKS_TO_CATCH_UP = 20
SIZE = 300


def main() -> None:
    address, port, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.connect((address, port))
    datagrams = [bytes([kind, 0, 0, 0]) + os.urandom(SIZE) for kind in (1, 2, 3)]
    began = last = time.monotonic()
    sent, due = 0, 0.0
    while not stopped:
        now = time.monotonic()
        due += min(now - last, MOST_TICKS_TO_CATCH_UP * TICK_S) * rate
        last = now
        for i in range(int(due)):
            sender.send(datagrams[i % 3])
        sent += int(due)
        due -= int(due)
        time.sleep(TICK_S / 2)
    seconds = time.monotonic() - began
    print(json.dumps({"sent": sent, "seconds": seconds, "per_second": sent / seconds}))


main()
