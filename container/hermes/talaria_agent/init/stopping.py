"""The record that this container is about to end: from then on no gateway is started in it."""

from __future__ import annotations

from pathlib import Path

from talaria_agent.atomic import write_atomically
from talaria_agent.problem import UNAVAILABLE, Problem


def record_stopping(run: Path) -> None:
    """Write the record. It goes with the container's disk."""
    write_atomically(run / "stopping", "", mode=0o644)


def is_stopping(run: Path) -> bool:
    """Whether this container got the signal to end."""
    return (run / "stopping").exists()


def require_staying(run: Path) -> None:
    """Refuse a start in a container that ends."""
    if is_stopping(run):
        raise Problem(
            "container_stopping",
            "This container got the signal to end and drains.",
            "Wait for the next container; the Agent starts it by itself.",
            UNAVAILABLE,
        )
