"""`talaria-state machine`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from talaria_agent.machine.processes import ports, processes, sockets
from talaria_agent.machine.redaction import redacted
from talaria_agent.surroundings import Surroundings
from talaria_agent.user.identity import acting_as, declared_identity

LARGEST = 64 * 1024
"""Bytes of a configuration that are shown."""


def machine(place: Surroundings, environment: Mapping[str, str]) -> dict[str, Any]:
    """Processes, ports and both configurations. Files are read with the agent's rights: no link of his leads root astray."""
    shares_machine = not environment.get("TALARIA_USER", "").strip()
    found = processes(place.run, shares_machine)
    pids = [process["pid"] for process in found]
    own = sockets(pids)
    with acting_as(declared_identity(environment)):
        listening = ports({**sockets(pids), **own}, shares_machine)
        config = {"user": _text(place.hermes_home / "config.yaml"), "managed": _text(place.managed / "config.yaml")}
    return {"processes": found, "ports": listening, "config": config}


def _text(path: Path) -> str | None:
    """A configuration without its secrets; None where there is none. One that is too long loses its end before it is looked at."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST).decode("utf-8", errors="replace")
    except OSError:
        return None
    return redacted(text)
