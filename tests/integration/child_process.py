"""Waits for the end of a program that a test has started."""

import subprocess


def wait_for_end(process, within_s=10):
    """Waits for a program that was asked to end. Kills it after a timeout, and closes its output."""
    try:
        process.wait(timeout=within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
