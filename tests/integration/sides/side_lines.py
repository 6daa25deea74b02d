"""Requests as lines of JSON in, answers out: what every side in Python shares (see README.md)."""

import json
import sys


def say(document):
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def described(error):
    return {"error": f"{type(error).__name__}: {error}"}
