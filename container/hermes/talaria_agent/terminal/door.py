"""Requests to `http://talaria.internal/exec/…`: each is repeated as it is until it is answered, since none of them does
anything twice."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

PATIENCE_S = 300.0
"""Seconds for which a request is repeated: a Worker upload resets what answers, and takes less."""

LONGEST_PAUSE_S = 5.0
ANSWER_S = 30.0
"""Seconds until a socket that says nothing counts as dead, beyond what the request itself may wait."""

IDLE_CONNECTIONS = 4


class DoorShut(Exception):
    """Nobody answered for as long as the caller has patience; the message says what was seen last."""


class GivenUp(Exception):
    """The caller wants no answer any more. What was asked for may have been done."""


class Refusal(Exception):
    """The Worker said no. `message` is in words that the agent can act on."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Answer:
    """What came back, whole."""

    status: int
    headers: Mapping[str, str]
    """Names in small letters."""
    body: bytes

    def json(self) -> Mapping[str, object]:
        """The body as a JSON object; an empty one when it is none."""
        try:
            data = json.loads(self.body)
        except ValueError:
            return {}
        return data if isinstance(data, dict) else {}

    def refusal(self) -> Refusal | None:
        """The refusal that the body holds, in the Worker's own form; None when it is not of the Worker's making."""
        error = self.json().get("error")
        if not isinstance(error, dict) or "code" not in error or "message" not in error:
            return None
        code, message = error["code"], error["message"]
        following = error.get("next")
        words = f"{message} {following}" if isinstance(following, str) and following else str(message)
        return Refusal(self.status, str(code), words)

    def passes(self) -> bool:
        """Whether the same request may be answered otherwise in a moment: an object was reset, or something between fell over."""
        if self.status == 503:
            return "retry-after" in self.headers or self.refusal() is None
        if self.status in (408, 425, 429):
            return self.refusal() is None
        return self.status >= 500


class Door:
    """The way to one session's jobs. Safe for many threads; keeps a few connections open."""

    def __init__(
        self,
        url: str,
        session: str,
        *,
        patience: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`url` is the inside host's, `session` a session's name, `patience` in seconds."""
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or 80
        self._below = f"{parts.path.rstrip('/')}/exec/sessions/{session}"
        self._patience = patience
        self._clock = clock
        self._idle: list[http.client.HTTPConnection] = []
        self._guard = threading.Lock()

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        answer_s: float = ANSWER_S,
        patience: float | None = None,
        stop: threading.Event | None = None,
    ) -> Answer:
        """The answer to `method path` below the session, `body` as JSON, bytes as they are.

        Raises Refusal, DoorShut after `patience` seconds (default: the door's) without an answer, and GivenUp as soon
        as `stop` is set between two tries.
        """
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        until = self._clock() + (self._patience if patience is None else patience)
        waiting = stop or threading.Event()
        tries = 0
        while True:
            fresh, seen = self._try(method, path, data, answer_s)
            if isinstance(seen, Answer):
                if seen.status < 400:
                    return seen
                if not seen.passes():
                    raise seen.refusal() or Refusal(seen.status, "unknown", f"The inside host answered {seen.status}.")
                seen = f"it answered {seen.status}"
            if not fresh:
                # An open connection that the other side had closed says nothing about the other side.
                self.close()
                continue
            if self._clock() >= until:
                raise DoorShut(seen)
            tries += 1
            pause = min(LONGEST_PAUSE_S, 0.1 * 2 ** min(tries, 10)) * random.uniform(0.5, 1.0)
            if waiting.wait(min(pause, max(0.0, until - self._clock()))):
                raise GivenUp(seen)

    def _try(self, method: str, path: str, data: bytes | None, answer_s: float) -> tuple[bool, Answer | str]:
        """One try: whether it went over a connection of its own (an answer is as good as that), and what was seen."""
        connection, fresh = self._connection(answer_s)
        headers = {"Content-Type": "application/json"} if data is not None else {}
        try:
            connection.request(method, f"{self._below}{path}", data, headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return fresh, str(error) or type(error).__name__
        if answer.will_close:
            connection.close()
        else:
            self._keep(connection)
        return True, Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, body)

    def _connection(self, answer_s: float) -> tuple[http.client.HTTPConnection, bool]:
        with self._guard:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=answer_s), True
        if connection.sock is not None:
            connection.sock.settimeout(answer_s)
        return connection, False

    def _keep(self, connection: http.client.HTTPConnection) -> None:
        with self._guard:
            if len(self._idle) < IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close the connections that nobody uses. The door can still be used."""
        with self._guard:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
