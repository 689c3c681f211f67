"""Whether Hermes has loaded what a first turn needs.

Its API server answers /health before that: a chat in between can fail with "cannot import name 'AIAgent'", because two
threads load the same modules.
"""

from __future__ import annotations

from pathlib import Path

from talaria_agent.state.logs import lines_of

ENDINGS = ("Turn machinery warmed in", "Turn-machinery warm-up failed")


def warmed(home: Path, since: str | None) -> bool:
    """Whether gateway.log says, at `since` (ISO 8601, UTC) or later, that the start-up warm-up is over."""
    if since is None:
        return False
    moment = since.replace("+00:00", "Z")
    return any(
        line["at"] >= moment and any(ending in line["text"] for ending in ENDINGS)
        for line in lines_of(home / "logs" / "gateway.log")
    )
