"""The container as the Worker describes it: everything that comes in through the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from talaria_agent.problem import USAGE, Problem


@dataclass(frozen=True)
class Surroundings:
    """Folders and addresses of this container. Nothing else in the package reads TALARIA_* variables."""

    home: Path
    """The agent's home: what a snapshot holds."""
    workspace: Path
    """Where the agent's commands start."""
    run: Path
    """Marker, lock and result files. On the container's disk, never in a snapshot."""
    managed: Path
    """Folder of Hermes' managed scope."""
    bind: str
    """Address that services bind. Cloudflare dials a container on its own address, not on 127.0.0.1."""
    url: str
    """The inside host, without a slash at the end."""
    image: str | None = None
    """The image that this container was started from, where the engine says so."""

    @property
    def hermes_home(self) -> Path:
        """HERMES_HOME. Beside it in the home lie the files of the tools that the agent uses."""
        return self.home / ".hermes"


def read_surroundings(environment: Mapping[str, str]) -> Surroundings:
    """Read the environment, naming every missing variable at once."""
    defaults = {"HERMES_MANAGED_DIR": "/etc/hermes"}
    names = ("TALARIA_HOME", "TALARIA_WORKSPACE", "TALARIA_RUN", "HERMES_MANAGED_DIR", "TALARIA_BIND", "TALARIA_URL")
    values = {name: environment.get(name, "").strip() or defaults.get(name, "") for name in names}
    missing = [name for name in names if not values[name]]
    if missing:
        raise Problem(
            "environment_missing",
            f"This container's environment lacks {', '.join(missing)}.",
            "Start the program through the Worker, which sets them, or set them for a trial by hand.",
            USAGE,
        )
    return Surroundings(
        home=Path(values["TALARIA_HOME"]),
        workspace=Path(values["TALARIA_WORKSPACE"]),
        run=Path(values["TALARIA_RUN"]),
        managed=Path(values["HERMES_MANAGED_DIR"]),
        bind=values["TALARIA_BIND"],
        url=values["TALARIA_URL"].rstrip("/"),
        image=environment.get("TALARIA_IMAGE") or None,
    )
