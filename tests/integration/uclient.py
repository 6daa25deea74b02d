"""Runs coturn's test client. It exits with 0 even when half of its packets are lost, so a test must read its report."""

import subprocess

from network_namespace import command_in

ENDED_WITHIN_S = 120  # on a busy machine


def run(namespace, *arguments):
    """Returns a CompletedProcess with the client's output in stdout.

    The client draws the channels of its two peers at random, each from 16,384 numbers. With the same number twice, the server rejects
    the second ChannelBind (RFC 8656 section 12.2); the client then runs again.
    """
    done = _run(namespace, arguments)
    if "channel is bound to another peer" not in done.stdout:
        return done
    print(f"the client drew one channel for two peers, so it runs again: {done.stdout}")
    return _run(namespace, arguments)


def _run(namespace, arguments):
    try:
        return subprocess.run(command_in(namespace, "turnutils_uclient", *arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=ENDED_WITHIN_S, check=False)
    except subprocess.TimeoutExpired as late:
        raise AssertionError(f"the client did not end within {ENDED_WITHIN_S} s: {(late.stdout or b'').decode(errors='replace')[-2000:]}") from late
