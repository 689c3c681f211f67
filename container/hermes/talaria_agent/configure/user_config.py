"""The home's own config.yaml, which belongs to the user and the agent."""

from __future__ import annotations

import json
from dataclasses import dataclass
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


@dataclass(frozen=True)
class UsersPlugins:
    """What the home's config.yaml says in `plugins`."""

    enabled: tuple[str, ...] = ()
    """A managed list would hide it, so the scope has to hold both."""
    disabled: tuple[str, ...] = ()
    """Wins over any `enabled` in Hermes, the managed one too."""


def users_plugins(home: Path) -> UsersPlugins:
    """Those that its config.yaml names."""
    plugins = user_tree(home).get("plugins")
    section = plugins if isinstance(plugins, dict) else {}
    return UsersPlugins(_names(section.get("enabled")), _names(section.get("disabled")))


def _names(listed: object) -> tuple[str, ...]:
    return tuple(name for name in listed if isinstance(name, str)) if isinstance(listed, list) else ()


def user_tree(home: Path) -> dict[str, Any]:
    """The home's config.yaml; empty where it is missing or no YAML, of which Hermes itself says what is wrong."""
    try:
        data = read_yaml((home / "config.yaml").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


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
