"""The last lines of the gateway's log files, as data."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from talaria_agent.state.schedule import utc

LARGEST_TAIL = 2_000
WINDOW = 512 * 1024
"""Bytes read from the end of each file."""

FILES = ("gateway.log", "errors.log", "console.log")
LINE = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(\d{3}) (DEBUG|INFO|WARNING|ERROR|CRITICAL) (.*)$")


def lines_of(path: Path) -> list[dict[str, str]]:
    """Parse the end of one log. A line without a time (a traceback) belongs to the line above it."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - WINDOW))
            text = file.read().decode("utf-8", errors="replace")
        written = datetime.fromtimestamp(path.stat().st_mtime).isoformat()
    except OSError:
        return []
    found: list[dict[str, str]] = []
    for line in text.splitlines():
        match = LINE.match(line)
        if match:
            seconds, milliseconds, level, rest = match.groups()
            at = utc(f"{seconds}.{milliseconds}") or ""
            found.append({"at": at, "source": "gateway", "level": level.lower(), "text": rest})
        elif line.strip():
            previous = found[-1] if found else None
            at = previous["at"] if previous else utc(written) or ""
            level = previous["level"] if previous else "info"
            found.append({"at": at, "source": "gateway", "level": level, "text": line})
    return found


def tail(home: Path, count: int) -> list[dict[str, str]]:
    """The last `count` lines over all of the gateway's logs, oldest first, each line once."""
    count = max(0, min(count, LARGEST_TAIL))
    seen: dict[tuple[str, str], dict[str, str]] = {}
    for name in FILES:
        for line in lines_of(home / "logs" / name):
            seen.setdefault((line["at"], line["text"]), line)
    return sorted(seen.values(), key=lambda line: line["at"])[-count:] if count else []
