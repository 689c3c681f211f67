"""Errors in Hermes' log of late."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from talaria_agent.machine.redaction import redacted
from talaria_agent.state.discretion import without_conversation
from talaria_agent.state.logs import lines_of

WINDOW = 900
"""Seconds."""
BAD = ("error", "critical")


def recent_errors(home: Path, now: float) -> dict[str, Any]:
    """How many records of level ERROR and worse Hermes wrote within the window, and the first line of the last: no conversation, no secret.
    Its errors.log holds warnings and worse of all loggers."""
    since = datetime.fromtimestamp(now - WINDOW, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    records: dict[tuple[str, str], str] = {}
    for line in lines_of(home / "logs" / "errors.log", without_conversation):
        if line["level"] in BAD and line["at"] >= since:
            records.setdefault((line["at"], line["level"]), line["text"])
    last = next(reversed(records.values()), None)
    return {"windowSeconds": WINDOW, "count": len(records), "last": None if last is None else redacted(last)}
