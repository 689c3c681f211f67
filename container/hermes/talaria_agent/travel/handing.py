"""A door that hands out one stream once: the Worker fetches what a run has made ready, while the run waits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import BinaryIO, cast

from talaria_agent.travel.door import PIECE, STALLED_SECONDS, WAIT_SECONDS, Address, Ready, keep_open


@dataclass
class Handed:
    """What became of it."""

    size: int = 0
    sha256: str = ""
    whole: bool = False
    reason: str = "nobody came for it"


def hand_out(
    address: Address, name: str, write: Callable[[BinaryIO], None], ready: Ready, wait: float = WAIT_SECONDS
) -> Handed:
    """Answer the first `GET /name` with what `write` writes, then close. Nobody who does not know the name gets anything."""
    handed = Handed()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = STALLED_SECONDS

        def do_GET(self) -> None:  # noqa: N802 (the library's name)
            self.close_connection = True
            if self.path != f"/{name}" or taken:
                return self.send_error(404)
            taken.append(True)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-tar")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            pieces = _Pieces(cast(BinaryIO, self.wfile), handed)
            try:
                write(cast(BinaryIO, pieces))
                pieces.end()
                handed.whole = True
            except OSError as error:
                handed.reason = str(error)

        def log_message(self, *_: object) -> None:
            pass

    taken: list[bool] = []
    keep_open(address, Door, lambda: bool(taken), ready, wait)
    return handed


class _Pieces:
    """Chunks of HTTP, counted and hashed."""

    def __init__(self, out: BinaryIO, handed: Handed) -> None:
        self._out, self._handed = out, handed
        self._waiting = bytearray()
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._waiting += data
        if len(self._waiting) >= PIECE:
            self._send()
        return len(data)

    def end(self) -> None:
        """The last piece, and the mark that nothing is missing."""
        self._send()
        self._out.write(b"0\r\n\r\n")
        self._out.flush()
        self._handed.sha256 = self._hash.hexdigest()

    def _send(self) -> None:
        if not self._waiting:
            return
        self._out.write(f"{len(self._waiting):x}\r\n".encode() + self._waiting + b"\r\n")
        self._hash.update(self._waiting)
        self._handed.size += len(self._waiting)
        self._waiting.clear()
