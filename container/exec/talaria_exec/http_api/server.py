"""HTTP/1.1 on the container's address: a thread per connection, bodies of a known length or in chunks."""

from __future__ import annotations

import re
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qsl, unquote, urlsplit

from talaria_exec.http_api.request import CHUNK, Answer, Request
from talaria_exec.problem import Refusal

IDLE_SECONDS = 60.0
"""A connection without a request is closed; a waiting answer takes at most 25."""


@dataclass(frozen=True)
class Route:
    """`pattern` matches the whole path; its named groups are the request's names."""

    method: str
    pattern: re.Pattern[str]
    answer: Callable[[Request], Answer]


class Server(ThreadingHTTPServer):
    """Listens when it is made. {@link routes} are set before it serves."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, bind: str, port: int) -> None:
        self.routes: Sequence[Route] = ()
        super().__init__((bind, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that broke; who asked notices. Also a thread that cannot be started under a fork bomb."""
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, TimeoutError)):
            print(f"talaria-exec: {type(error).__name__}: {error}", file=sys.stderr, flush=True)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS

    def do_GET(self) -> None:
        self._respond()

    do_PUT = do_POST = do_DELETE = do_GET

    def _respond(self) -> None:
        body = _Body(self.rfile, self.headers)
        answer = self._answer(body)
        # What is left of a body would be read as the next request.
        self.close_connection = self.close_connection or not body.over
        size = answer.content.stat().st_size if isinstance(answer.content, Path) else len(answer.content)
        lines = [f"HTTP/1.1 {answer.status} {self.responses.get(answer.status, ('',))[0]}"]
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        lines += [f"content-length: {size}", f"connection: {'close' if self.close_connection else 'keep-alive'}"]
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        if isinstance(answer.content, bytes):
            self.wfile.write(head + answer.content)
            return
        with open(answer.content, "rb") as file:
            self.wfile.write(head)
            shutil.copyfileobj(file, self.wfile, CHUNK)

    def _answer(self, body: _Body) -> Answer:
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            for route in self.server.routes:
                match = route.pattern.fullmatch(url.path) if route.method == self.command else None
                if match:
                    names = {name: unquote(value) for name, value in match.groupdict().items()}
                    return route.answer(Request(names, query, headers, body))
            raise Refusal("routeUnknown", f"There is no {self.command} {url.path}.")
        except Refusal as refusal:
            return Answer.of(refusal.body, refusal.status)
        except ConnectionError:
            raise
        except Exception as error:
            traceback.print_exc()
            refusal = Refusal("supervisorBroken", f"{type(error).__name__}: {error}")
            return Answer.of(refusal.body, refusal.status)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the Worker logs what it asks."""


class _Body:
    """Reads a body once; `over` tells whether it was read to its end."""

    def __init__(self, source: BinaryIO, headers: Mapping[str, str]) -> None:
        self._source = source
        self._in_chunks = headers.get("transfer-encoding", "").lower() == "chunked"
        self._left = int(headers.get("content-length") or 0)
        self.over = not self._in_chunks and self._left == 0

    def chunks(self) -> Iterator[bytes]:
        """The body, in pieces of at most 1 MB."""
        if not self._in_chunks:
            yield from self._take(self._left)
            self.over = True
            return
        while size := int(self._line().partition(b";")[0], 16):
            yield from self._take(size)
            self._line()
        while self._line():
            pass  # trailers
        self.over = True

    def _line(self) -> bytes:
        line = self._source.readline(8192)
        if not line.endswith(b"\n"):
            raise ConnectionAbortedError("the body broke off")
        return line.strip()

    def _take(self, size: int) -> Iterator[bytes]:
        while size > 0:
            data = self._source.read(min(size, CHUNK))
            if not data:
                raise ConnectionAbortedError("the body broke off")
            size -= len(data)
            yield data
