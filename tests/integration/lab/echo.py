"""A UDP echo and its client, for hosts of a lab: echo.py serve ADDRESS | echo.py ask ADDRESS COUNT SECONDS.

`ask` waits SECONDS for each echo. It prints one JSON document with the number of returned datagrams and the shortest round trip in
milliseconds. The shortest one is that of the network; other work on the machine only delays the others.
"""

import json
import socket
import sys
import time

PORT = 7777


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def serve(address):
    with socket.socket(family_of(address), socket.SOCK_DGRAM) as server:
        server.bind((address, PORT))
        print("ready", flush=True)
        while True:
            data, source = server.recvfrom(2048)
            server.sendto(data, source)


def ask(address, count, wait_s):
    round_trips = []
    with socket.socket(family_of(address), socket.SOCK_DGRAM) as client:
        client.settimeout(wait_s)
        for number in range(count):
            began = time.monotonic()
            client.sendto(str(number).encode(), (address, PORT))
            try:
                while client.recv(2048) != str(number).encode():
                    pass
                round_trips.append((time.monotonic() - began) * 1000)
            except TimeoutError:
                pass
    print(json.dumps({"back": len(round_trips), "rtt_ms": min(round_trips, default=None)}))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        ask(sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
