"""coturn's test client. It also exits with 0 when half of its packets are lost, so its report is to be read, not its status alone."""

import subprocess

from network_namespace import command_in

ENDED_WITHIN_S = 120  # on a busy machine


def run(namespace, *arguments):
    """Returns a CompletedProcess; what the client said is in stdout.

    It draws the channels of two peers by chance, each from 16,384: once in so many clients it asks for one channel twice, and is
    refused (RFC 8656 section 12.2). It then runs again.
    """
    done = _run(namespace, arguments)
    return _run(namespace, arguments) if "channel is bound to another peer" in done.stdout else done


def _run(namespace, arguments):
    try:
        return subprocess.run(command_in(namespace, "turnutils_uclient", *arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=ENDED_WITHIN_S, check=False)
    except subprocess.TimeoutExpired as late:
        raise AssertionError(f"no end after {ENDED_WITHIN_S} s: {(late.stdout or b'').decode(errors='replace')[-2000:]}") from late
