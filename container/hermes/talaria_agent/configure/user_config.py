"""The home's own config.yaml, which belongs to the user and the agent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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


def enabled_plugins(home: Path) -> list[str]:
    """What the home's config.yaml names in `plugins.enabled`: a declared list would hide it, so the scope has to hold both.

    A file that is no YAML names nothing here; Hermes itself says what is wrong with it.
    """
    try:
        data = read_yaml((home / "config.yaml").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return []
    plugins = data.get("plugins") if isinstance(data, dict) else None
    enabled = plugins.get("enabled") if isinstance(plugins, dict) else None
    return [name for name in enabled if isinstance(name, str)] if isinstance(enabled, list) else []


def read_yaml(text: str) -> Any:
    """By Hermes' own YAML library, which lies beside this Python; JSON, which is YAML, where there is none. Raises ValueError."""
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError
    except ImportError:
        return json.loads(text)
    try:
        return YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise ValueError(str(error)) from error
