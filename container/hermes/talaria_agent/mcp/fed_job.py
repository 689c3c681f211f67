"""A job in Exec whose input comes while it runs."""

from __future__ import annotations

import base64
import queue
import sys
import threading
from collections.abc import Callable, Mapping

from talaria_agent.terminal.door import Door, DoorShut, GivenUp, Refusal
from talaria_agent.terminal.job import CANCEL_PATIENCE_S, LONG_POLL_S, LOST, START_S
from talaria_agent.terminal.names import new_job_name

LONGEST_S = 86_400.0
"""Seconds that a server may run; the stack's `exec.deadlineMinutes` applies below it."""

PIECE = 512 * 1024
FULL = 100_000_000
"""Bytes of output after which a server is started anew: of a job's output a bounded part is kept."""


class FedJob:
    """Started when it is made. `heard` gets its output as it comes, `ended` its exit code and why, both from a thread of its own."""

    def __init__(
        self,
        door: Door,
        command: str,
        environment: Mapping[str, str],
        shown: str,
        heard: Callable[[bytes], None],
        ended: Callable[[int, str], None],
    ) -> None:
        """Raises Refusal or DoorShut where it cannot be started."""
        self._door = door
        self._name = new_job_name()
        self._heard = heard
        self._told_end = ended
        self._input: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._over = threading.Event()
        self.written = 0
        """Bytes of output so far."""
        body = {
            "kind": "tool",
            "command": base64.b64encode(command.encode()).decode(),
            "stdin": None,
            "cwd": None,
            "env": dict(environment),
            "timeoutSeconds": LONGEST_S,
            "feed": True,
            "shown": shown,
        }
        door.ask("PUT", self._path(), body, answer_s=START_S)
        threading.Thread(target=self._follow, name=f"output-{self._name[:8]}", daemon=True).start()
        threading.Thread(target=self._feed, name=f"input-{self._name[:8]}", daemon=True).start()

    @property
    def full(self) -> bool:
        """Whether little more of its output would be kept."""
        return self.written > FULL

    def send(self, data: bytes) -> None:
        """Comes back at once; what is sent keeps its order."""
        self._input.put(data)

    def end(self, patience: float = CANCEL_PATIENCE_S) -> None:
        """End it with all of its tree, `patience` seconds at most. Its end is told to nobody."""
        self._over.set()
        self._input.put(None)
        for method, rest in (("DELETE", ""), ("POST", "/forget")):
            try:
                self._door.ask(method, self._path(rest), {} if method == "POST" else None, patience=patience)
            except (Refusal, DoorShut) as error:
                # It is gone, or ends by itself when nobody reads from it.
                print(f"job {self._name}: {method}{rest}: {error}", file=sys.stderr, flush=True)

    def _path(self, rest: str = "") -> str:
        return f"/jobs/{self._name}{rest}"

    def _follow(self) -> None:
        code, why = LOST, "lost"
        try:
            while not self._over.is_set():
                path = self._path(f"?offset={self.written}&wait={LONG_POLL_S}")
                answer = self._door.ask("GET", path, answer_s=LONG_POLL_S + 30.0, stop=self._over)
                self.written = int(answer.headers.get("x-job-next", self.written + len(answer.body)))
                if answer.body:
                    self._heard(answer.body)
                if "x-job-exit" in answer.headers:
                    code, why = int(answer.headers["x-job-exit"]), answer.headers.get("x-job-ended-by", "exit")
                    break
        except (Refusal, DoorShut, GivenUp) as error:
            why = f"lost ({error})"
        if self._over.is_set():
            return
        self._over.set()
        self._input.put(None)
        self._told_end(code, why)
        self._forget()

    def _forget(self) -> None:
        try:
            self._door.ask("POST", self._path("/forget"), {}, patience=CANCEL_PATIENCE_S)
        except (Refusal, DoorShut) as error:
            # A session drops what it was not told to forget, by age.
            print(f"job {self._name} was not forgotten: {error}", file=sys.stderr, flush=True)

    def _feed(self) -> None:
        offset = 0
        while (data := self._input.get()) is not None:
            sent = 0
            while sent < len(data):
                piece = data[sent : sent + PIECE]
                try:
                    answer = self._door.ask("POST", self._path(f"/input?offset={offset + sent}"), piece, stop=self._over)
                except (Refusal, DoorShut, GivenUp) as error:
                    if not self._over.is_set():
                        print(f"job {self._name} took no input: {error}", file=sys.stderr, flush=True)
                    return  # whoever reads its output hears how it ended
                taken = answer.json().get("next")
                sent = (taken if isinstance(taken, int) else offset + sent) - offset
            offset += len(data)
