"""The home's own config.yaml, which belongs to the user and the agent."""

from __future__ import annotations

from pathlib import Path

from talaria_agent.atomic import write_atomically


def seed_user_config(home: Path, config_version: int | None) -> bool:
    """Write a config.yaml that says nothing, if there is none. Returns whether it was written.

    Hermes' scheduler looks at the managed scope only when this file exists: without it each scheduled job
    fails with "no model configured".
    """
    path = home / "config.yaml"
    if path.exists():
        return False
    write_atomically(path, "{}\n" if config_version is None else f"_config_version: {config_version}\n")
    return True
