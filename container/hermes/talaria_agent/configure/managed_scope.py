"""Hermes' managed scope: the config.yaml whose leaves win over what the user or the agent set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from talaria_agent.atomic import write_atomically
from talaria_agent.configure.declaration import Declaration
from talaria_agent.configure.journal import journal_mode
from talaria_agent.configure.user_config import UsersPlugins
from talaria_agent.surroundings import Surroundings

PLACEHOLDER_KEY = "talaria-adds-the-key"
"""Hermes wants some API key; the Worker's model proxy replaces it by the real one."""

ANTHROPIC_PREFIX = "anthropic/"
CODEX_PREFIX = "openai-codex/"
CODEX_URL = "https://chatgpt.com/backend-api/codex"
CODEX_URL_VARIABLE = "HERMES_CODEX_BASE_URL"
"""Where Hermes asks with its own login, and the variable of Hermes' that says otherwise: not every version lets it win over the config."""

ROOM = 2
"""Times the declared runs that Hermes takes at once: the Agent's queue bounds them, and Hermes gives a place back later than it."""

PLUGIN = "talaria"
"""The entry point's name, and that of the terminal that it registers."""

DEFAULTS: Mapping[str, Any] = {
    "agent": {
        # Without an answer from a model, Hermes repeats a turn for minutes while the caller hears nothing.
        "auto_recovery_cycles": 0,
        # It starts the container's Python and pip to describe them, and no prompt has that line: commands run elsewhere.
        "environment_probe": False,
    },
    # "smart" would ask a second model before each risky command.
    "approvals": {"mode": "manual"},
    # Neither the scanner nor the catalogue can be downloaded from a container without general egress.
    "security": {"tirith_enabled": False},
    "model_catalog": {"enabled": False},
    "updates": {"check": False},
}
"""What suits a sealed container; the stack's settings may say otherwise."""


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Deep-merge two mappings: leaves and lists of `above` win."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = merge(under, value) if isinstance(value, Mapping) and isinstance(under, Mapping) else value
    return merged


def speaks_anthropic(declaration: Declaration, anthropic_available: bool) -> bool:
    """Whether the default model is called through Anthropic's own Messages API."""
    return anthropic_available and declaration.model.startswith(ANTHROPIC_PREFIX)


def model_settings(declaration: Declaration, url: str, anthropic_available: bool) -> dict[str, Any]:
    """The `model` section, which leads every call to the Worker's model proxy, but those by Hermes' own login at OpenAI.

    `anthropic/…` goes through the native Messages API when Hermes has its client library, everything
    else (and `anthropic/…` without the library) as OpenAI chat completions with the id unchanged.
    """
    native = speaks_anthropic(declaration, anthropic_available)
    section: dict[str, Any]
    if declaration.model.startswith(CODEX_PREFIX):
        section = {
            "default": declaration.model.removeprefix(CODEX_PREFIX),
            "provider": "openai-codex",
            "base_url": declaration.environment.get(CODEX_URL_VARIABLE, CODEX_URL),
            "api_mode": "codex_responses",
        }
    else:
        section = {
            "default": declaration.model.removeprefix(ANTHROPIC_PREFIX) if native else declaration.model,
            "provider": "anthropic" if native else "custom",
            "base_url": f"{url}/model/anthropic" if native else f"{url}/model/v1",
            "api_key": PLACEHOLDER_KEY,
            "api_mode": "anthropic_messages" if native else "chat_completions",
        }
    if declaration.context_length is not None:
        section["context_length"] = declaration.context_length
    return section


def route_settings(declaration: Declaration, url: str) -> dict[str, Any]:
    """The API server's `model_routes`: each leads to the Worker's model proxy, which has the keys and goes by the model's prefix."""
    return {
        alias: {"model": model, "provider": "custom", "base_url": f"{url}/model/v1", "api_key": PLACEHOLDER_KEY}
        for alias, model in declaration.model_routes.items()
    }


def guards_declared(declaration: Declaration) -> bool:
    """Whether the stack itself says how Hermes asks before risky commands; Exec alone is no reason to ask."""
    approvals = declaration.settings.get("approvals")
    return isinstance(approvals, Mapping) and "mode" in approvals


def plugin_settings(declaration: Declaration, users: UsersPlugins) -> dict[str, Any]:
    """The `plugins` section: Talaria's own, what the stack enables, what the user enabled. A managed list replaces the user's.

    What the user disabled is left to him, but for what Talaria needs and what the stack declares: Hermes lets `disabled` win.
    """
    plugins = declaration.settings.get("plugins")
    section = plugins if isinstance(plugins, Mapping) else {}
    declared = section.get("enabled")
    enabled = [PLUGIN, *declaration.files.plugins, *(declared if isinstance(declared, list) else [])]
    settings = {"enabled": list(dict.fromkeys([*enabled, *users.enabled]))}
    # A list of the stack's own replaces the user's, so that there is none of his to correct.
    if "disabled" not in section and any(name in enabled for name in users.disabled):
        settings["disabled"] = [name for name in users.disabled if name not in enabled]
    return settings


def needed_config(
    declaration: Declaration,
    place: Surroundings,
    config_version: int | None,
    anthropic_available: bool,
    users_plugins: UsersPlugins = UsersPlugins(),
) -> dict[str, Any]:
    """What Talaria itself needs, whatever the stack's settings say."""
    needed: dict[str, Any] = {
        "model": model_settings(declaration, place.url, anthropic_available),
        "terminal": {"backend": PLUGIN, "cwd": str(place.workspace / declaration.files.working_directory)},
        "plugins": plugin_settings(declaration, users_plugins),
        # Not the stack's to decide: it depends on the SQLite that Hermes is linked with.
        "database": {"journal_mode": journal_mode()},
        # The image is sealed: its packages are those that were pinned.
        "security": {"allow_lazy_installs": False},
        "gateway": {"api_server": {"max_concurrent_runs": ROOM * declaration.max_concurrent_runs}},
    }
    if declaration.model_routes:
        needed["gateway"]["api_server"]["model_routes"] = route_settings(declaration, place.url)
    if declaration.timezone is not None:
        needed["timezone"] = declaration.timezone
    if config_version is not None:
        needed["_config_version"] = config_version
    return needed


def managed_config(declaration: Declaration, needed: Mapping[str, Any]) -> dict[str, Any]:
    """The whole config.yaml: defaults, then the stack's settings, then what Talaria needs."""
    return merge(merge(DEFAULTS, declaration.settings), needed)


def write_managed_scope(managed: Path, config: Mapping[str, Any]) -> Path:
    """Write `config` as JSON, which is YAML, so that no YAML library is needed. Holds no secret."""
    path = managed / "config.yaml"
    managed.mkdir(parents=True, exist_ok=True, mode=0o755)
    write_atomically(path, json.dumps(config, indent=2, ensure_ascii=False) + "\n", mode=0o644)
    return path
