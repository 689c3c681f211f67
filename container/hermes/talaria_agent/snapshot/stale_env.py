"""The home's `.env`: what the user set himself travels; what the stack sets does not, for it would be stale one day.

Hermes lets this file win over the process environment. Names that the managed scope holds are always given anew, so an old
token of theirs has no place in a snapshot.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

NAME = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")
LARGEST = 1_000_000
"""Bytes; nobody's `.env` is larger."""


def names_in(text: str) -> set[str]:
    """The variables that a `.env` sets."""
    return {match.group(1) for line in text.splitlines() if (match := NAME.match(line))}


def without(text: str, names: set[str]) -> str:
    """The lines that set none of `names`. A value over several lines goes with its first one as far as its quote."""
    kept: list[str] = []
    until: str | None = None
    for line in text.splitlines(keepends=True):
        if until is not None:
            until = None if until in line else until
            continue
        match = NAME.match(line)
        if match is None or match.group(1) not in names:
            kept.append(line)
            continue
        value = line[match.end() :].strip()
        if value[:1] in ("'", '"') and value.count(value[0]) == 1:
            until = value[0]
    return "".join(kept)


def is_env(path: str) -> bool:
    """Whether a path, relative to the home, is the `.env` of a home of Hermes."""
    return re.fullmatch(r"\.hermes/(profiles/[^/]+/)?\.env", path) is not None


def managed_names(managed: Path) -> set[str]:
    """What the managed scope sets; nothing before the first start of a gateway."""
    try:
        return names_in((managed / ".env").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return set()


def put_right(tree: Path, path: str, names: set[str]) -> None:
    """Take `names` out of a `.env` in the mirror. It gets a file of its own there: the home's is not touched."""
    file = tree / path
    status = file.lstat()
    with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW), "rb") as reading:
        text = reading.read(LARGEST).decode("utf-8", "surrogateescape")
    new = file.with_name(f".env.talaria-{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as writing:
        writing.write(without(text, names).encode("utf-8", "surrogateescape"))
        os.fchmod(descriptor, status.st_mode & 0o7777)
        os.chown(descriptor, status.st_uid, status.st_gid)
        os.utime(descriptor, ns=(status.st_mtime_ns, status.st_mtime_ns))
    os.replace(new, file)
