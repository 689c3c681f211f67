"""A port that is open while a run waits for its one visitor."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer

WAIT_SECONDS = 180.0
"""For the visitor to come."""
STALLED_SECONDS = 60.0
"""Without a byte of his."""
PIECE = 1 << 18

Address = tuple[str, int]
Ready = AbstractContextManager[None]
"""Entered once the port takes connections, left when it takes no more: whoever is told `ready` comes at once."""


class _Door(TCPServer):
    """Not `HTTPServer`: that asks the resolver for the machine's own name between the bind and the first connection it takes."""

    allow_reuse_address = True


def keep_open(
    address: Address, visits: type[BaseHTTPRequestHandler], over: Callable[[], bool], ready: Ready, wait: float
) -> None:
    """Answer one request after the other until `over`, or until `wait` seconds have passed."""
    with _Door(address, visits) as door, ready:
        deadline = time.monotonic() + wait
        while not over() and time.monotonic() < deadline:
            door.timeout = max(deadline - time.monotonic(), 0.1)
            door.handle_request()
