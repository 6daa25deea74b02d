"""The end of a program that a test has started."""

import subprocess


def wait_for_end(process, within_s=10):
    """Of a program that has been asked to end: kills it if it does not, and closes its output."""
    try:
        process.wait(timeout=within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
