"""HOME, where it lies in the workspace: a workspace from elsewhere may come without it."""

from __future__ import annotations

from pathlib import Path

from talaria_exec.settings import Settings


def make_home(settings: Settings) -> None:
    """Make it, private to its user, if it is missing."""
    home = Path(settings.environment.get("HOME", "/"))
    if home.is_relative_to(settings.workspace):
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
