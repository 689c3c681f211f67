"""One command in Exec, in the shape of a process that Hermes can wait for."""

from __future__ import annotations

import base64
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Literal

from talaria_agent.terminal.door import Door, DoorShut, GivenUp, Refusal
from talaria_agent.terminal.names import new_job_name

logger = logging.getLogger(__name__)

Kind = Literal["terminal", "tool"]

START_S = 200.0
"""Seconds for which one request for a job may go unanswered: a container starts meanwhile."""

LONG_POLL_S = 20
"""Seconds for which a request for output waits."""

CANCEL_S = 6.0
"""Seconds for which a cancel is waited for: the supervisor needs five at most."""

CANCEL_PATIENCE_S = 60.0

TRY_LATER = 75
"""Exit code of a command that was not run and may be sent again: EX_TEMPFAIL."""

NOT_RUN = 126
LOST = 137
CANCELLED = 130

BUSY = frozenset({429, 503})


@dataclass(frozen=True)
class Order:
    """What is to run."""

    command: str
    kind: Kind
    timeout_s: float
    stdin: bytes | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    shown: str | None = None
    """What the model typed, for the audit: around it stands Hermes' script."""
    greeting: bytes = b""
    """What the command writes first when it finds its workspace new; kept out of the output."""

    def as_json(self) -> dict[str, object]:
        """The body of the PUT."""
        return {
            "kind": self.kind,
            "command": base64.b64encode(self.command.encode("utf-8", "surrogateescape")).decode(),
            **({} if self.shown is None else {"shown": self.shown}),
            "stdin": None if self.stdin is None else base64.b64encode(self.stdin).decode(),
            "cwd": None,
            "env": dict(self.environment),
            "timeoutSeconds": self.timeout_s,
        }


class Job:
    """Hermes' ProcessHandle over a job: output as it comes, a real cancel, an exit code."""

    def __init__(self, door: Door, order: Order) -> None:
        self.order = order
        self.name = new_job_name()
        self.started = threading.Event()
        """Set when the job runs, or when it is certain that it does not."""
        self.refused: str | None = None
        """Why Exec did not run the command, or stopped answering; it is in the output too."""
        self.ended_by: str | None = None
        self.workspace: str | None = None
        self.greeted = False
        """Whether the command found its workspace new."""
        self._hermes_stdin_errors: list[BaseException] = []
        """Read by Hermes: why the command did not get its stdin."""
        self._door = door
        self._exit: int | None = None
        self._ended = threading.Event()
        self._cancelled = threading.Event()
        self._seen = bytearray()
        self._deaf = False
        read, self._write = os.pipe()
        self.stdout: IO[str] = os.fdopen(read, "r", encoding="utf-8", errors="replace")
        threading.Thread(target=self._run, name=f"talaria-job-{self.name[:8]}", daemon=True).start()

    @property
    def returncode(self) -> int | None:
        """None until all output has been handed on."""
        return self._exit

    def poll(self) -> int | None:
        """As of a process."""
        return self._exit

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit code, or None when `timeout` seconds were not enough."""
        self._ended.wait(timeout)
        return self._exit

    def kill(self) -> None:
        """Cancel the job and wait until its whole tree is dead, CANCEL_S at most. Goes on trying after that."""
        if self._ended.is_set():
            return
        if not self._cancelled.is_set():
            self._cancelled.set()
            # Where the request for the job is still under way, its sender cancels again after the answer.
            self._in_background(self._cancel)
        self._ended.wait(CANCEL_S)

    def _in_background(self, act: Callable[[], None]) -> None:
        threading.Thread(target=act, name=f"talaria-cancel-{self.name[:8]}", daemon=True).start()

    def _path(self, rest: str = "") -> str:
        return f"/jobs/{self.name}{rest}"

    def _run(self) -> None:
        code = LOST
        try:
            self._start()
            code = self._follow()
        except Refusal as refusal:
            code = self._turned_away(refusal)
        except GivenUp:
            self._cancel()
            self.ended_by, code = "cancel", CANCELLED
        except DoorShut as shut:
            known = self.started.is_set()
            rest = "the command may still be running" if known else "it is not known whether the command ran"
            self._say_no(f"The sandbox did not answer any more ({shut}); {rest}.")
            code = LOST if known else TRY_LATER
        except Exception:
            logger.exception("a job of Exec could not be followed")
            self._say_no("The command's result could not be read.")
        finally:
            self._flush_greeting()
            os.close(self._write)
            self._exit = code
            self.started.set()
            self._ended.set()
        self._forget()

    def _start(self) -> None:
        body = self.order.as_json()
        answer = self._door.ask("PUT", self._path(), body, answer_s=START_S, stop=self._cancelled).json()
        workspace = answer.get("workspace")
        self.workspace = workspace if isinstance(workspace, str) else None
        notices = answer.get("notices")
        for notice in notices if isinstance(notices, list) else []:
            self._write_out(f"[sandbox] {notice}\n".encode())
        self.started.set()
        if self._cancelled.is_set():
            self._in_background(self._cancel)

    def _follow(self) -> int:
        """Hand the output on as it comes. Returns the exit code."""
        offset = 0
        while True:
            path = self._path(f"?offset={offset}&wait={LONG_POLL_S}")
            answer = self._door.ask("GET", path, answer_s=LONG_POLL_S + 30.0)
            self._hear(answer.body)
            offset = int(answer.headers.get("x-job-next", offset + len(answer.body)))
            code = answer.headers.get("x-job-exit")
            if code is not None:
                self.ended_by = answer.headers.get("x-job-ended-by", "exit")
                return int(code)

    def _hear(self, data: bytes) -> None:
        """Output, less the greeting that may come before everything else."""
        if self._deaf or not self.order.greeting:
            self._write_out(data)
            return
        self._seen += data
        greeting = self.order.greeting
        if len(self._seen) < len(greeting) and greeting.startswith(bytes(self._seen)):
            return
        self._flush_greeting()

    def _flush_greeting(self) -> None:
        seen, self._seen, self._deaf = bytes(self._seen), bytearray(), True
        if self.order.greeting and seen.startswith(self.order.greeting):
            self.greeted = True
            seen = seen[len(self.order.greeting) :]
        self._write_out(seen)

    def _write_out(self, data: bytes) -> None:
        """To whoever reads. Nobody may: then the rest goes nowhere, and the job is followed to its end."""
        try:
            while data:
                data = data[os.write(self._write, data) :]
        except BrokenPipeError:
            return

    def _say_no(self, words: str) -> None:
        self.refused = words
        self._flush_greeting()
        self._write_out(f"[sandbox] {words}\n".encode())

    def _turned_away(self, refusal: Refusal) -> int:
        if not self.started.is_set():
            self.ended_by = "refused"
            self._say_no(f"This command was not run: {refusal.message}")
            return TRY_LATER if refusal.status in BUSY else NOT_RUN
        self.ended_by = "lost"
        self._say_no(f"The command's result is lost: {refusal.message}")
        return LOST

    def _cancel(self) -> None:
        try:
            self._door.ask("DELETE", self._path(), patience=CANCEL_PATIENCE_S)
        except Refusal as refusal:
            # 404: it never came to be, or has been forgotten. The rest is in the Worker's log too.
            logger.debug("cancel of job %s refused: %s", self.name, refusal)
        except DoorShut as shut:
            # The job's own deadline ends it; the Worker sees to that.
            logger.warning("job %s could not be cancelled: %s", self.name, shut)

    def _forget(self) -> None:
        try:
            self._door.ask("POST", self._path("/forget"), {}, patience=CANCEL_PATIENCE_S)
        except (Refusal, DoorShut) as error:
            # A session drops what it was not told to forget, by age.
            logger.debug("job %s was not forgotten: %s", self.name, error)
