"""Facts about the Hermes that is installed beside this Python, read without importing it."""

from __future__ import annotations

import re
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

CONFIG_VERSION = re.compile(r'^\s*"_config_version":\s*(\d+)\s*,', re.MULTILINE)
DECLARING_MODULES = ("config_defaults.py", "config.py")


def anthropic_available() -> bool:
    """Whether Hermes can speak Anthropic's own API: its extra `anthropic` is installed."""
    return find_spec("anthropic") is not None


def config_version() -> int | None:
    """The config schema of the installed Hermes, so that nothing is migrated; None when it is not found."""
    spec = find_spec("hermes_cli")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for name in DECLARING_MODULES:
            try:
                found = CONFIG_VERSION.findall((Path(folder) / name).read_text(encoding="utf-8"))
            except OSError:
                continue
            if found:
                return int(found[-1])
    return None


def hermes_version() -> str | None:
    """The version of the Hermes that is installed beside this Python, whichever distribution it came in; None without one."""
    names = (dist for dist in distributions() if (dist.name or "").lower().startswith("hermes-agent"))
    return next((dist.version for dist in names), None)
