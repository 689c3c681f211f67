"""From the container's own address to Hermes' dashboard, which listens on 127.0.0.1 alone.

Hermes takes no connection from elsewhere without a login of its own. Here that login is the Agent's key, which the Worker sends
for an operator whom it has let in.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import time

from talaria_agent.dashboard.head import KEY_HEADER, SESSION_HEADER, STAND_IN, Head, inward, is_upgrade, parse_head, unchunked

USE_PATH = "/.talaria/use"
"""Answers how much the dashboard is in use. Asking is no use."""
CLOSE_PATH = "/.talaria/close"
"""Cuts what a log-in that has ended still holds open: a WebSocket would outlive it."""
EVERY = "every"
"""In place of one log-in: all of them."""

LONGEST_HEAD = 64 * 1024
LARGEST_PAGE = 8_000_000
"""A page of HTML is read as a whole, to take Hermes' token out of it."""
HEAD_SECONDS = 30.0
PIECE = 64 * 1024


class Forwarder:
    """Passes requests and WebSockets of whoever has the key; counts them."""

    def __init__(self, key: str, token: str, port: int) -> None:
        self._key = key
        self._token = token
        self._port = port
        self._open = 0
        self._sessions: dict[str, set[asyncio.StreamWriter]] = {}
        self._last = time.monotonic()

    @property
    def open(self) -> int:
        """Requests and WebSockets under way."""
        return self._open

    @property
    def idle_seconds(self) -> float:
        """Since the last one ended; 0 while one is under way."""
        return 0.0 if self._open else time.monotonic() - self._last

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request: the next one comes on a new connection."""
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                head = parse_head(await reader.readuntil(b"\r\n\r\n"))
            await self._answer(head, reader, writer)
        except (ValueError, asyncio.LimitOverrunError):
            await refuse(writer, 400, "This is no HTTP request.")
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass  # whoever asked has left, or sees that the connection ends
        finally:
            writer.close()

    async def _answer(self, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not hmac.compare_digest(head.get(KEY_HEADER).encode("latin-1"), self._key.encode()):
            return await refuse(writer, 401, "This door is the Agent's.")
        if head.first.split(" ")[1] == USE_PATH:
            use = json.dumps({"open": self.open, "idleSeconds": round(self.idle_seconds, 1)}).encode()
            return await whole(writer, "200 OK", "application/json", use)
        if head.first.split(" ")[1] == CLOSE_PATH:
            closed = json.dumps({"closed": self._close(head.get(SESSION_HEADER))}).encode()
            return await whole(writer, "200 OK", "application/json", closed)
        session = head.get(SESSION_HEADER)
        self._open += 1
        self._sessions.setdefault(session, set()).add(writer)
        try:
            await self._pass(head, reader, writer)
        finally:
            self._forget(session, writer)
            self._open -= 1
            self._last = time.monotonic()

    def _close(self, session: str) -> int:
        """Cut what came by a log-in, or by any; what came by none stays. Says how much it was."""
        names = [name for name in self._sessions if name and session in (name, EVERY)]
        writers = [writer for name in names for writer in self._sessions[name]]
        for writer in writers:
            writer.transport.abort()
        return len(writers)

    def _forget(self, session: str, writer: asyncio.StreamWriter) -> None:
        self._sessions[session].discard(writer)
        if not self._sessions[session]:
            del self._sessions[session]

    async def _pass(self, head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._port, limit=LONGEST_HEAD)
        except OSError:
            return await refuse(writer, 502, "Hermes' dashboard does not answer.")
        inner_writer.write(inward(head, f"127.0.0.1:{self._port}", self._token).encoded())
        sending = asyncio.create_task(copy(reader, inner_writer))
        try:
            await self._hand_back(head, inner_reader, writer, sending)
        finally:
            sending.cancel()
            inner_writer.close()

    async def _hand_back(
        self, asked: Head, inner: asyncio.StreamReader, writer: asyncio.StreamWriter, sending: asyncio.Task[None]
    ) -> None:
        answer = parse_head(await inner.readuntil(b"\r\n\r\n"))
        if is_upgrade(asked) and answer.first.split(" ")[1] == "101":
            writer.write(answer.encoded())
            receiving = asyncio.create_task(copy(inner, writer))
            await asyncio.wait({receiving, sending}, return_when=asyncio.FIRST_COMPLETED)
            receiving.cancel()
            return
        closing = (*answer.without("connection", "keep-alive"), ("connection", "close"))
        if answer.get("content-type").startswith("text/html") and not asked.first.startswith("HEAD "):
            body = await self._page(answer, inner)
            fields = [(name, value) for name, value in closing if name not in ("content-length", "transfer-encoding")]
            writer.write(Head(answer.first, (*fields, ("content-length", str(len(body))))).encoded() + body)
            return await writer.drain()
        writer.write(Head(answer.first, closing).encoded())
        await copy(inner, writer)

    async def _page(self, answer: Head, inner: asyncio.StreamReader) -> bytes:
        """A page with the stand-in where Hermes put its token."""
        body = bytearray()
        while piece := await inner.read(PIECE):
            body += piece
            if len(body) > LARGEST_PAGE:
                raise ValueError("a page that is too large")
        page = unchunked(bytes(body)) if answer.get("transfer-encoding").lower() == "chunked" else bytes(body)
        return page.replace(self._token.encode(), STAND_IN.encode())


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until one side ends; says the end on."""
    try:
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        return  # the other side has left; its end ends this one


async def whole(writer: asyncio.StreamWriter, status: str, kind: str, body: bytes) -> None:
    """An answer of our own."""
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()


async def refuse(writer: asyncio.StreamWriter, status: int, why: str) -> None:
    """A refusal, in one line."""
    await whole(writer, f"{status} Refused", "text/plain", f"{why}\n".encode())
