"""Reads requests and writes answers as JSON lines, for every side in Python (see README.md)."""

import json
import sys


def say(document):
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def described(error):
    return {"error": f"{type(error).__name__}: {error}"}
