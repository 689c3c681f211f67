"""restic as a child: its environment, its user, its time limits, its messages."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from talaria_agent.snapshot.problems import problem
from talaria_agent.snapshot.reader import dying_with_parent
from talaria_agent.user.identity import Identity

SECRETS = ("RESTIC_PASSWORD", "RESTIC_REST_USERNAME", "RESTIC_REST_PASSWORD")
PASSED = ("PATH", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


QUIET_SECONDS = 120.0
"""How long nothing may move before a restic counts as stuck; its own retries last up to fifteen minutes."""
LARGEST_TEXT = 20_000
"""Characters of errors that are kept."""

Tell = Callable[[Mapping[str, Any]], None]


@dataclass
class Ending:
    """How a restic ended."""

    code: int
    summary: dict[str, Any] | None = None
    """Its message of type `summary`."""
    output: list[str] = field(default_factory=list)
    """Lines of stdout that are no messages of progress."""
    errors: str = ""
    stuck: bool = False
    """It was killed, because nothing moved or time was up."""


@dataclass(frozen=True)
class Restic:
    """The program with a repository and the secrets of one run."""

    program: str
    repository: str
    secrets: Mapping[str, str]
    cache: Path
    identity: Identity | None
    locks: tuple[int, ...] = ()
    """Open files that say that the run lives: children keep them."""

    def run(
        self,
        arguments: Sequence[str],
        seconds: float,
        tell: Tell = lambda _: None,
        cwd: Path | None = None,
        may_read_all: bool = False,
        quiet: float | None = None,
    ) -> Ending:
        """Run one command with `--json`, for at most `seconds`, and without a sign of life for at most `quiet` (QUIET_SECONDS).
        `tell` gets its messages of progress."""
        child = subprocess.Popen(
            [self.program, *arguments, "--json"],
            env=self._environment(),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=self.locks,
            preexec_fn=dying_with_parent(self.identity, may_read_all),
        )
        ending = Ending(-1)
        try:
            ending.stuck = not _follow(child, ending, seconds, tell, QUIET_SECONDS if quiet is None else quiet)
        finally:
            if child.poll() is None:
                child.kill()
            ending.code = child.wait()
        return ending

    def _environment(self) -> dict[str, str]:
        passed = {name: os.environ[name] for name in PASSED if name in os.environ}
        return {
            **passed,
            **self.secrets,
            "HOME": str(self.cache),
            "RESTIC_REPOSITORY": self.repository,
            "RESTIC_CACHE_DIR": str(self.cache),
            "RESTIC_PROGRESS_FPS": "2",
            "GOMAXPROCS": os.environ.get("TALARIA_RESTIC_THREADS", "2"),
        }


def open_restic(environment: dict[str, str] | os._Environ[str], run: Path, url: str, identity: Identity | None, locks: tuple[int, ...]) -> Restic:
    """Take the secrets out of this process's environment and find the program. `TALARIA_REPOSITORY` names another
    repository than the inside host's."""
    secrets = {name: value for name in SECRETS if (value := environment.pop(name, ""))}
    if "RESTIC_PASSWORD" not in secrets:
        raise problem("password_missing", "This run got no repository password.")
    program = shutil.which("restic", path=environment.get("PATH"))
    if program is None:
        raise problem("restic_missing", "There is no `restic` on PATH.")
    cache = run / "restic-cache"
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    if identity is not None:
        os.chown(cache, identity.uid, identity.gid)
    repository = environment.get("TALARIA_REPOSITORY") or f"rest:{url}/snapshots/"
    return Restic(program, repository, secrets, cache, identity, locks)


def _follow(child: subprocess.Popen[bytes], ending: Ending, seconds: float, tell: Tell, patience: float) -> bool:
    """Read both pipes until they close; False when time is up or nothing moved for `patience` seconds."""
    deadline = time.monotonic() + seconds
    moved, quiet = None, time.monotonic() + patience
    pending = {"out": b"", "err": b""}
    with selectors.DefaultSelector() as selector:
        for name, pipe in (("out", child.stdout), ("err", child.stderr)):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, name)
        while selector.get_map():
            if time.monotonic() > min(deadline, quiet):
                return False
            for key, _ in selector.select(0.5):
                data = os.read(key.fd, 65536)
                if not data:
                    selector.unregister(key.fileobj)
                *lines, pending[key.data] = (pending[key.data] + data).split(b"\n")
                lines = lines if data else [*lines, pending[key.data]]
                for line in lines:
                    state = _line(line.decode("utf-8", "replace"), key.data, ending, tell)
                    if state is not None and state != moved:
                        moved, quiet = state, time.monotonic() + patience
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        return False
    return True


def _line(line: str, pipe: str, ending: Ending, tell: Tell) -> object | None:
    """Take one line; returns what shows that something moved, if it does."""
    if not line.strip():
        return None
    message = _message(line)
    kind = message.get("message_type") if message else None
    if kind in ("status", "verbose_status") and message:
        tell(message)
        return tuple(message.get(name) for name in ("bytes_done", "files_done", "files_restored", "bytes_restored"))
    if kind == "summary":
        ending.summary = message
    elif pipe == "err" or kind in ("error", "exit_error"):
        ending.errors = (ending.errors + _text(message, line) + "\n")[-LARGEST_TEXT:]
        return None  # also what restic says when it tries again and again
    else:
        ending.output.append(line)
    return line


def _message(line: str) -> dict[str, Any] | None:
    try:
        data = json.loads(line)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def _text(message: dict[str, Any] | None, line: str) -> str:
    if message is None:
        return line
    error = message.get("error")
    text = message.get("message") or (error.get("message") if isinstance(error, dict) else error)
    return f"{message.get('item') or ''} {text or line}".strip()
