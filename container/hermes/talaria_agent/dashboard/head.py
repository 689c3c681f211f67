"""Heads of HTTP messages as they pass: parsed, and turned into what Hermes takes from a page on its own address."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote_plus

STAND_IN = "held-inside"
"""What a browser is given for Hermes' session token, which never leaves the container. `worker/dashboard` knows the word too."""

TOKEN_HEADER = "x-hermes-session-token"
KEY_HEADER = "x-talaria-dashboard-key"
"""The Agent's key: who does not have it does not get to Hermes."""

SESSION_HEADER = "x-talaria-session"
"""Which of an operator's log-ins a request came by, where it came by one."""

KEPT_BACK = ("host", "connection", "keep-alive", "expect", "accept-encoding", "cookie", "authorization", "referer", KEY_HEADER, SESSION_HEADER)
"""Of one hop, or no business of Hermes. Without `accept-encoding` its pages come in the clear, to be read here."""


@dataclass(frozen=True)
class Head:
    """First line and fields of a request or an answer; names in lower case."""

    first: str
    fields: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """The first value of a field; empty without one."""
        return next((value for given, value in self.fields if given == name), "")

    def without(self, *names: str) -> tuple[tuple[str, str], ...]:
        """All fields but these."""
        return tuple((name, value) for name, value in self.fields if name not in names)

    def encoded(self) -> bytes:
        """As it goes over the wire."""
        lines = [self.first, *(f"{name}: {value}" for name, value in self.fields)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def parse_head(raw: bytes) -> Head:
    """Read a head that ends with an empty line. Raises ValueError for what is none."""
    first, *lines = raw.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    if len(first.split(" ")) < 3 or any(":" not in line or line[0] in " \t:" for line in lines):
        raise ValueError("not the head of an HTTP message")
    split = (line.split(":", 1) for line in lines)
    return Head(first, tuple((name.strip().lower(), value.strip()) for name, value in split))


def is_upgrade(head: Head) -> bool:
    """Whether a request asks for a WebSocket."""
    return head.get("upgrade").lower() == "websocket"


def inward(head: Head, address: str, token: str) -> Head:
    """The request as Hermes takes it: its own host and origin, and its token where the page sent the stand-in.

    A page that sent none gets what Hermes answers then: its checks stay its own. WebSockets bring the token in the query,
    since browsers set no header there; this one is only dialled inside.
    """
    method, target, version = head.first.split(" ", 2)
    knows = head.get(TOKEN_HEADER) == STAND_IN
    fields = head.without(*KEPT_BACK, TOKEN_HEADER, "origin")
    fields = (("host", address), *fields)
    if head.get("origin"):
        fields = (*fields, ("origin", f"http://{address}"))
    if is_upgrade(head):
        fields = (*fields, ("connection", "Upgrade"))
        target = with_token(target, token if knows else "")
    else:
        fields = (*fields, ("connection", "close"), *(((TOKEN_HEADER, token),) if knows else ()))
    return Head(f"{method} {target} {version}", fields)


def with_token(target: str, token: str) -> str:
    """The target with this token in its query and no other; with none where it is empty."""
    path, _, query = target.partition("?")
    kept = [part for part in query.split("&") if part and unquote_plus(part.split("=", 1)[0]) != "token"]
    query = "&".join([*kept, *([f"token={token}"] if token else [])])
    return f"{path}?{query}" if query else path


def unchunked(body: bytes) -> bytes:
    """A body that was sent in chunks, in one piece. Raises ValueError for one that is cut."""
    whole = bytearray()
    while True:
        size, _, body = body.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        if length == 0:
            return bytes(whole)
        if len(body) < length + 2:
            raise ValueError("a body that is cut")
        whole += body[:length]
        body = body[length + 2 :]
