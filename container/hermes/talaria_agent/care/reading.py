"""Has Hermes' own code read a memory that may be poisoned.

A home can hold plugins, hooks, configuration, `.env`, `.pth` files and a `sitecustomize` that Hermes or Python would run. So
Hermes is given another home: empty but for copies of the database and of the memory files. It runs isolated (`-I`), as the
agent's user, without TCP (where the kernel has Landlock), without any secret, and for a bounded time.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from talaria_agent.care.sealing import seal_off
from talaria_agent.problem import Problem
from talaria_agent.snapshot.mirror import DIRECTORY
from talaria_agent.snapshot.problems import problem
from talaria_agent.snapshot.reader import PR_SET_PDEATHSIG
from talaria_agent.user.identity import Identity, become
from talaria_agent.user.ownership import put_right

READ_SECONDS = 180.0
LARGEST_WORDS = 600
SCRIPT = Path(__file__).with_name("hermes_reader.py")
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK

ABSENT_OR_LINK = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)

READ = (("state.db",), ("memories", "MEMORY.md"), ("memories", "USER.md"))
"""What is read, below HERMES_HOME."""


def read_memory(hermes: Path, desk: Path, identity: Identity | None) -> dict[str, Any]:
    """`{sessions, messages, memories, hermes, sealed}` of the folder `.hermes`. Raises `memory_unreadable`."""
    home, nothing = desk / "home", desk / "empty"
    for folder in (desk, home, home / "memories", nothing):
        folder.mkdir(mode=0o700)
    for path in READ:
        _copy(hermes, path, home)
    put_right(desk, identity, 0o700)
    if identity is not None:
        desk.parent.chmod(0o711)
    try:
        return _ask(home, nothing, identity)
    finally:
        desk.parent.chmod(0o700)


def _ask(home: Path, nothing: Path, identity: Identity | None) -> dict[str, Any]:
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "LANG": "C.UTF-8",
        "HOME": str(nothing),
        "TMPDIR": str(nothing),
        "XDG_CONFIG_HOME": str(nothing),
        "HERMES_HOME": str(home),
        "HERMES_MANAGED_DIR": str(nothing),
        "HERMES_SAFE_MODE": "1",
    }
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-B", SCRIPT, str(home)],
            env=environment,
            cwd=nothing,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=READ_SECONDS,
            preexec_fn=_stripped(identity),
        )
    except subprocess.TimeoutExpired as error:
        raise _unreadable(f"Hermes did not come to an end of it in {READ_SECONDS:.0f} s") from error
    said = done.stderr.decode("utf-8", "replace").strip()[-LARGEST_WORDS:]
    if done.returncode != 0:
        raise _unreadable(f"exit code {done.returncode}: {said}")
    try:
        answer = json.loads(done.stdout.splitlines()[-1])
        return {name: answer[name] for name in ("sessions", "messages", "memories", "hermes", "sealed")}
    except (ValueError, IndexError, KeyError, TypeError) as error:
        raise _unreadable(f"its answer is none: {said}") from error


def _stripped(identity: Identity | None) -> Callable[[], None]:
    """What the child does before exec: end with its parent, be nobody who may do anything, reach nobody."""

    def before_exec() -> None:
        become(identity)
        seal_off()
        _end_with_parent()

    return before_exec


def _end_with_parent() -> None:
    import ctypes
    import signal

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _copy(hermes: Path, path: tuple[str, ...], home: Path) -> None:
    """Copy a plain file that is there; links lead anywhere, and are not followed."""
    opened: list[int] = []
    try:
        opened.append(os.open(hermes, DIRECTORY))
        for name in path[:-1]:
            opened.append(os.open(name, DIRECTORY, dir_fd=opened[-1]))
        source = os.open(path[-1], FILE, dir_fd=opened[-1])
    except OSError as error:
        if error.errno in ABSENT_OR_LINK:
            return
        raise
    finally:
        for descriptor in opened:
            os.close(descriptor)
    with open(source, "rb") as reading, open(home.joinpath(*path), "wb") as writing:
        shutil.copyfileobj(reading, writing)


def _unreadable(reason: str) -> Problem:
    return problem("memory_unreadable", f"Hermes' own code cannot read the memory in this snapshot: {reason}.")
