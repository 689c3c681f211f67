"""A real supervisor, asked over HTTP."""

from __future__ import annotations

import base64
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).resolve().parents[2] / "bin" / "talaria-exec"
PATIENCE = 40.0
ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Reply:
    """`fields` is the body as JSON, where it is."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def fields(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class End:
    """How a job ended, and all that it presented."""

    output: bytes
    exit: int
    by: str
    bytes: int
    cut: int
    survivors: int


class Box:
    """`uid` other than None runs it as that user. `before` is a command that gets the program as further arguments."""

    def __init__(self, *, uid: int | None = None, before: Sequence[str] = (), environment: Mapping[str, str] = {}) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="talaria-box-", dir="/tmp"))
        self.workspace, self.temporary = self.folder / "workspace", self.folder / "tmp"
        for folder in (self.workspace, self.temporary):
            folder.mkdir()
        if uid is not None:
            for folder in (self.folder, self.workspace, self.temporary):
                os.chown(folder, uid, uid)
        self.port = _free_port()
        self.environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.workspace / ".home"),
            "TMPDIR": str(self.temporary),
            "TALARIA_BIND": ADDRESS,
            "TALARIA_EXEC_PORT": str(self.port),
            "TALARIA_WORKSPACE": str(self.workspace),
            **environment,
        }
        self._uid = uid
        self._before = before
        self.process = self.start()
        self.wait_until_it_answers()

    def start(self) -> subprocess.Popen[bytes]:
        """One more supervisor of this box."""
        return subprocess.Popen(
            [*self._before, str(PROGRAM), "serve"],
            env=self.environment,
            user=self._uid,
            group=self._uid,
            extra_groups=None if self._uid is None else [],
            cwd="/",
        )

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}) -> Reply:
        connection = http.client.HTTPConnection(ADDRESS, self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, dict(headers))
            reply = connection.getresponse()
            return Reply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
        finally:
            connection.close()

    def put(self, command: str | bytes, job: str | None = None, **more: Any) -> str:
        """Start a job; returns its id."""
        name = job or uuid.uuid4().hex
        text = command.encode() if isinstance(command, str) else command
        stdin = more.pop("stdin", None)
        order = {
            "command": base64.b64encode(text).decode(),
            "stdin": None if stdin is None else base64.b64encode(stdin).decode(),
            "cwd": None,
            "env": {},
            "deadlineSeconds": 30,
            "outputBytes": 16 << 20,
            "tty": None,
            **more,
        }
        reply = self.ask("PUT", f"/jobs/{name}", json.dumps(order).encode())
        assert reply.status == 200, reply.body
        return name

    def read(self, job: str, offset: int = 0, wait: float = 25, limit: int = 1 << 20) -> Reply:
        return self.ask("GET", f"/jobs/{job}?offset={offset}&wait={wait}&limit={limit}")

    def follow(self, job: str) -> End:
        """Read a job to its end."""
        output = b""
        while True:
            reply = self.read(job, len(output))
            output += reply.body
            if "x-job-exit" in reply.headers:
                told = {name.removeprefix("x-job-"): value for name, value in reply.headers.items()}
                numbers = {name: int(told[name]) for name in ("exit", "bytes", "cut", "survivors")}
                return End(output=output, by=told["ended-by"], **numbers)

    def run(self, command: str | bytes, **more: Any) -> End:
        return self.follow(self.put(command, **more))

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)
        eventually(lambda: not processes_with(str(self.folder)))
        shutil.rmtree(self.folder, ignore_errors=True)
        assert not self.folder.exists()

    def wait_until_it_answers(self) -> None:
        """After {@link start}."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self.ask("GET", "/health")
                return
            except ConnectionRefusedError:
                assert self.process.poll() is None, "the supervisor has ended"
                assert time.monotonic() < until, "the supervisor does not answer"
                time.sleep(0.02)


def processes_with(text: str) -> list[int]:
    """Processes with a text in their command line or environment, this one excepted; no zombies."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            said = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            if text.encode() in said and b") Z " not in (entry / "stat").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue  # ended meanwhile
    return found


def eventually(holds: Any) -> None:
    """Wait until something is true."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "did not happen"
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])
