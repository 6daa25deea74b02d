"""Stands in for systemd: a datagram socket for the notices of sd_notify(3)."""

import os
import socket
import time
import unittest.mock


class NotifySocket:
    def __init__(self, folder):
        self.path = folder / "notify.sock"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))

    def close(self):
        self._socket.close()

    def in_environment(self):
        """While the context lasts, programs that start report here."""
        return unittest.mock.patch.dict(os.environ, NOTIFY_SOCKET=str(self.path))

    def next(self, within_s):
        """The assignments of one notice, or None when the time passes without a notice."""
        self._socket.settimeout(within_s)
        try:
            text = self._socket.recv(4096).decode()
        except TimeoutError:
            return None
        return dict(line.split("=", 1) for line in text.splitlines())

    def wait_for(self, name, within_s):
        """The first notice that assigns `name`, or None; those before it are dropped."""
        deadline = time.monotonic() + within_s
        while (left := deadline - time.monotonic()) > 0:
            notice = self.next(left)
            if notice is not None and name in notice:
                return notice
        return None

    def is_silent(self, for_s):
        """Drops what has arrived before."""
        while self.next(0.001) is not None:
            pass
        return self.next(for_s) is None
