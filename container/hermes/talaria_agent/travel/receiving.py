"""A door that takes one stream once, into a file."""

from __future__ import annotations

import hashlib
import json
import shutil
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from talaria_agent.problem import Problem
from talaria_agent.snapshot.problems import problem
from talaria_agent.travel.door import PIECE, STALLED_SECONDS, WAIT_SECONDS, Address, Ready, keep_open
from talaria_agent.travel.unpacking import MOST_BYTES, SPARE, refused


def receive(address: Address, name: str, into: Path, ready: Ready, wait: float = WAIT_SECONDS) -> dict[str, Any]:
    """Take the first `PUT /name` and return `bytes` and `sha256` of it, which its sender is told as well.

    Raises `not_sent` where nobody came or it broke off, `archive_refused` where it is too large.
    """
    room = min(MOST_BYTES, shutil.disk_usage(into.parent).free - SPARE)
    taken: list[dict[str, Any]] = []
    failures: list[Problem] = []

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = STALLED_SECONDS

        def do_PUT(self) -> None:  # noqa: N802 (the library's name)
            self.close_connection = True
            if self.path != f"/{name}":
                return self.send_error(404)
            try:
                taken.append(self.store())
            except (OSError, ValueError) as error:
                failures.append(problem("not_sent", f"The archive broke off on its way: {error}."))
                return None
            except Problem as too_large:
                failures.append(too_large)
                return self.send_error(413)
            answer = json.dumps(taken[0]).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
            return None

        def store(self) -> dict[str, Any]:
            seen, written = hashlib.sha256(), 0
            with into.open("xb") as out:
                for piece in self.pieces():
                    written += len(piece)
                    if written > room:
                        raise refused(f"it is larger than {max(room, 0) >> 20} MB, which is the limit or the disk")
                    seen.update(piece)
                    out.write(piece)
            return {"bytes": written, "sha256": seen.hexdigest()}

        def pieces(self) -> Any:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                while size := int(self.rfile.readline(32).split(b";")[0], 16):
                    yield from self.exactly(size)
                    self.rfile.readline(2)
                self.rfile.readline(2)
            else:
                yield from self.exactly(int(self.headers["Content-Length"]))

        def exactly(self, size: int) -> Any:
            while size > 0:
                piece = self.rfile.read(min(size, PIECE))
                if not piece:
                    raise ValueError("its end is missing")
                size -= len(piece)
                yield piece

        def log_message(self, *_: object) -> None:
            pass

    keep_open(address, Door, lambda: bool(taken or failures), ready, wait)
    if failures:
        raise failures[0]
    if not taken:
        raise problem("not_sent", "Nobody sent an archive.")
    return taken[0]
