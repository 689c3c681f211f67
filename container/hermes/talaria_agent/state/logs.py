"""The last lines of the gateway's log files, as data, without what people and tools say."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from talaria_agent.state.discretion import LEFT_OUT, without_conversation
from talaria_agent.state.schedule import utc

LARGEST_TAIL = 2_000
WINDOW = 512 * 1024
"""Bytes read from the end of each file."""

FILES = ("gateway.log", "errors.log")
CONSOLE = "console.log"
LINE = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) (DEBUG|INFO|WARNING|ERROR|CRITICAL) (.*)$")


def lines_of(path: Path, words: Callable[[str], str] = str) -> list[dict[str, str]]:
    """Parse the end of one log, each text put through `words`. A line without a time belongs to the line above it.

    At the end of a console such lines are the newest of all: what an interpreter says that dies before it can log.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - WINDOW))
            text = file.read().decode("utf-8", errors="replace")
        written = datetime.fromtimestamp(path.stat().st_mtime).isoformat()
    except OSError:
        return []
    found: list[dict[str, str]] = []
    timed = 0
    for line in text.splitlines():
        match = LINE.match(line)
        previous = found[-1] if found else None
        if match:
            seconds, milliseconds, level, rest = match.groups()
            at = utc(f"{seconds}.{milliseconds}") or ""
            found.append({"at": at, "source": "gateway", "level": level.lower(), "text": words(rest)})
            timed = len(found)
        elif previous is None and line.strip() and words is str:
            found.append({"at": utc(written) or "", "source": "gateway", "level": "info", "text": line})
        elif previous is not None and line.strip() and LEFT_OUT not in previous["text"]:
            found.append({**previous, "text": line})
    if words is not str:
        return found
    return found[:timed] + [{**line, "at": utc(written) or ""} for line in found[timed:]]


def tail(home: Path, count: int, *, console: bool) -> list[dict[str, str]]:
    """The last `count` lines over all of the gateway's logs, oldest first, each line once.

    `console` adds what Hermes prints: why a start failed, but also what is said as soon as somebody talks to it.
    """
    count = max(0, min(count, LARGEST_TAIL))
    parsed = [line for name in FILES for line in lines_of(home / "logs" / name, without_conversation)]
    if console:
        parsed += lines_of(home / "logs" / CONSOLE)
    seen: dict[tuple[str, str], dict[str, str]] = {}
    for line in parsed:
        seen.setdefault((line["at"], line["text"]), line)
    return sorted(seen.values(), key=lambda line: line["at"])[-count:] if count else []
