#!/usr/bin/env python3
"""A peer at the far end of a tap device: echoes all UDP datagrams to one port. While it is stopped (SIGSTOP), its device drops frames.

    echoing_tap.py DEVICE PORT
"""

import fcntl
import os
import select
import struct
import sys

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
MAC, ADDRESS, PORT = slice(0, 12), slice(26, 34), slice(34, 38)  # both ends of each, in a frame with IPv4 and UDP


def answer_to(frame, port):
    is_udp = frame[12:15] == b"\x08\x00\x45" and frame[23] == 17
    if not is_udp or frame[36:38] != struct.pack("!H", port):
        return None
    answer = bytearray(frame)
    for ends in (MAC, ADDRESS, PORT):  # swapping both ends changes no checksum
        both = frame[ends]
        answer[ends] = both[len(both) // 2:] + both[:len(both) // 2]
    return bytes(answer)


def main():
    name, port = sys.argv[1], int(sys.argv[2])
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    print("open", flush=True)
    while True:
        select.select([tap], [], [])
        if answer := answer_to(os.read(tap, 65536), port):
            os.write(tap, answer)


if __name__ == "__main__":
    main()
