"""Sends one JSON line to a Unix socket and reads one JSON document: the control socket of the WAN, the admin sockets of the daemons."""

import json
import socket
from pathlib import Path

from .errors import ToolError


def ask(path: Path, request: dict, timeout_s: float = 5.0) -> dict:
    """Raises ToolError without an answer, or with the error in the answer."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout_s)
            connection.connect(str(path))
            connection.sendall(json.dumps(request).encode() + b"\n")
            answer = _read_document(connection)
    except OSError as error:
        raise ToolError(f"no process answers at {path}: {error}") from error
    except ValueError as error:
        raise ToolError(f"the answer at {path} is not JSON: {error}") from error
    if answer.get("error"):
        raise ToolError(answer["error"])
    return answer


def _read_document(connection: socket.socket) -> dict:
    received = b""
    while not received.endswith(b"\n"):
        part = connection.recv(65536)
        if not part:
            break
        received += part
    return json.loads(received)
