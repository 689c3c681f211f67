"""One MCP server in one session's sandbox: started with the first message, given up when it idles, and started again."""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from talaria_agent.mcp.command import END_OF_MESSAGES, Command
from talaria_agent.mcp.fed_job import FedJob
from talaria_agent.terminal.door import Door, DoorShut, Refusal

Message = dict[str, Any]

HANDSHAKE = "talaria-handshake"
"""Id of the `initialize` that is said again to a server that was started anew; its answer goes to nobody."""

HANDSHAKE_S = 120.0
TICK_S = 1.0
SERVER_GONE = -32000
"""JSON-RPC's code for an error of the server's own."""


@dataclass
class Handshake:
    """What Hermes said first, once, and every later start of the server has to hear too."""

    initialize: Message | None = None
    initialized: Message | None = None


class Instance:
    """`tell` gets every message of the server's. Safe for many threads."""

    def __init__(
        self,
        door: Door,
        command: Command,
        environment: Mapping[str, str],
        handshake: Handshake,
        tell: Callable[["Instance", Message], None],
        idle_s: float,
    ) -> None:
        self._door = door
        self._command = command
        self._environment = environment
        self._handshake = handshake
        self._tell = tell
        self._idle_s = idle_s
        self._inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._job: FedJob | None = None
        self._pending: dict[str, Any] = {}
        """Ids of Hermes' requests that the server has not answered, by their JSON."""
        self._shaken = threading.Event()
        self._rest = b""
        self._last_words = b""
        self._used = time.monotonic()
        threading.Thread(target=self._run, name="instance", daemon=True).start()

    @property
    def running(self) -> bool:
        """Whether the server is started."""
        return self._job is not None

    @property
    def rests(self) -> bool:
        """Whether nothing is started, owed, or about to be said."""
        with self._guard:
            return self._job is None and not self._pending and self._inbox.empty()

    def holds(self, request: object) -> bool:
        """Whether the server owes the answer to a request of Hermes."""
        with self._guard:
            return json.dumps(request) in self._pending

    def send(self, message: Message) -> None:
        """Comes back at once."""
        if "method" in message and "id" in message:
            with self._guard:
                self._pending[json.dumps(message["id"])] = message["id"]
        self._inbox.put(message)

    def stop(self, patience: float) -> None:
        """End the server, `patience` seconds at most; nothing is told any more."""
        self._inbox.put(None)
        with self._guard:
            job, self._job = self._job, None
        if job is not None:
            job.end(patience)

    def _run(self) -> None:
        while True:
            try:
                message = self._inbox.get(timeout=TICK_S)
            except queue.Empty:
                self._rest_when_idle()
                continue
            if message is None:
                return
            self._used = time.monotonic()
            try:
                self._deliver(message)
            except (Refusal, DoorShut) as error:
                self._fail(f"The sandbox did not start the MCP server {self._command.name}: {error}")
            except TimeoutError:
                self._give_up()
                self._fail(f"The MCP server {self._command.name} did not answer `initialize` within {HANDSHAKE_S:.0f} seconds.")

    def _deliver(self, message: Message) -> None:
        job = self._job or self._start(message)
        job.send(_line(message))

    def _start(self, first: Message) -> FedJob:
        """Start it, and say what Hermes said at first, unless that is what comes now."""
        self._rest, self._last_words = b"", b""
        self._shaken.clear()
        shown = f"MCP server {self._command.name}"
        job = FedJob(self._door, self._command.script(), self._environment, shown, self._hear, self._ended)
        with self._guard:
            self._job = job
        initialize = self._handshake.initialize
        if first.get("method") == "initialize" or initialize is None:
            return job
        job.send(_line({**initialize, "id": HANDSHAKE}))
        if not self._shaken.wait(HANDSHAKE_S):
            raise TimeoutError
        if self._handshake.initialized is not None and first.get("method") != "notifications/initialized":
            job.send(_line(self._handshake.initialized))
        return job

    def _hear(self, data: bytes) -> None:
        if self._last_words or END_OF_MESSAGES in data:
            data, _, words = data.partition(END_OF_MESSAGES) if not self._last_words else (b"", b"", data)
            self._last_words += words or b" "
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._read(line)

    def _read(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            if line.strip():
                print(f"{self._command.name} wrote no message: {line[:200]!r}", file=sys.stderr, flush=True)
            return
        self._used = time.monotonic()
        if message.get("id") == HANDSHAKE and "method" not in message:
            self._shaken.set()
            return
        if "method" not in message:
            with self._guard:
                self._pending.pop(json.dumps(message.get("id")), None)
        self._tell(self, message)

    def _ended(self, code: int, why: str) -> None:
        words = self._last_words.decode("utf-8", "replace").strip()
        if words:
            print(words, file=sys.stderr, flush=True)
        with self._guard:
            self._job = None
        self._shaken.set()
        self._fail(f"The MCP server {self._command.name} ended ({why}, exit code {code}).{f' It said: {words[-500:]}' if words else ''}")

    def _fail(self, reason: str) -> None:
        """Answer all that is owed. Nothing is sent a second time: it may have been done."""
        with self._guard:
            owed, self._pending = list(self._pending.values()), {}
        for request in owed:
            self._tell(self, {"jsonrpc": "2.0", "id": request, "error": {"code": SERVER_GONE, "message": reason}})

    def _rest_when_idle(self) -> None:
        with self._guard:
            job, owes = self._job, bool(self._pending)
        if job is None or owes:
            return
        if job.full or time.monotonic() - self._used > self._idle_s:
            self._give_up()

    def _give_up(self) -> None:
        with self._guard:
            job, self._job = self._job, None
        if job is not None:
            job.end()


def _line(message: Message) -> bytes:
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
