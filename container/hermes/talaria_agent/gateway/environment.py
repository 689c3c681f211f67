"""The environment that Hermes' gateway process gets."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

import talaria_agent
from talaria_agent.configure.declaration import Declaration
from talaria_agent.configure.managed_scope import PLACEHOLDER_KEY, PLUGIN, guards_declared
from talaria_agent.configure.secret_files import VARIABLE as SECRET_FILES
from talaria_agent.mcp.servers import TAG
from talaria_agent.mcp.tagging import IN_EXEC
from talaria_agent.problem import USAGE, Problem
from talaria_agent.snapshot.restic import SECRETS
from talaria_agent.surroundings import Surroundings
from talaria_agent.user.identity import Identity

PORT = "8642"
SHORTEST_KEY = 16
"""Characters; Hermes' API server refuses a shorter key."""

PACKAGES = Path(talaria_agent.__file__).resolve().parent.parent
"""Where this package and its `.dist-info` lie."""

WITHHELD = ("PYTHONPATH", SECRET_FILES, *SECRETS)


def gateway_environment(
    inherited: Mapping[str, str],
    declaration: Declaration,
    place: Surroundings,
    native_anthropic: bool,
    identity: Identity | None = None,
) -> dict[str, str]:
    """What was inherited (chat tokens, API_SERVER_KEY), then the declared, then what Talaria needs."""
    if len(inherited.get("API_SERVER_KEY", "")) < SHORTEST_KEY:
        raise Problem(
            "api_server_key_missing",
            f"API_SERVER_KEY is missing or shorter than {SHORTEST_KEY} characters.",
            "The Worker gives it from the stack's generated secret: run `pulumi up`.",
            USAGE,
        )
    needed = {
        **hermes_environment(inherited, place, identity),
        "API_SERVER_ENABLED": "true",
        "API_SERVER_KEY": inherited["API_SERVER_KEY"],
        "API_SERVER_HOST": place.bind,
        "API_SERVER_PORT": PORT,
        # On the process engine "somewhere else" is the same machine: there Hermes goes on asking.
        # Nobody else knows it: no tool call names another session than its own.
        TAG: secrets.token_hex(8),
        IN_EXEC: ",".join(name for name, server in declaration.mcp_servers.items() if server.in_exec),
        "TALARIA_COMMAND_GUARDS": "1" if identity is None or guards_declared(declaration) else "0",
    }
    if identity is None:
        needed["HERMES_ALLOW_ROOT_GATEWAY"] = "1"
    if native_anthropic:
        # Hermes' provider `anthropic` takes its key from the environment alone, not from model.api_key.
        needed["ANTHROPIC_API_KEY"] = PLACEHOLDER_KEY
    kept = {name: value for name, value in inherited.items() if name not in WITHHELD}
    return {**kept, **declaration.environment, **timezone_environment(declaration), **needed}


def timezone_environment(declaration: Declaration) -> dict[str, str]:
    """The declared time zone as variables: Hermes lets its own win over its config, what it starts goes by TZ."""
    zone = declaration.timezone
    return {} if zone is None else {"TZ": zone, "HERMES_TIMEZONE": zone}


def hermes_environment(inherited: Mapping[str, str], place: Surroundings, identity: Identity | None) -> dict[str, str]:
    """What every process of Hermes needs, the gateway or another one over the same home."""
    needed = {
        "HOME": str(place.home),
        "HERMES_HOME": str(place.hermes_home),
        "HERMES_MANAGED_DIR": str(place.managed),
        "HERMES_GATEWAY_LOCK_DIR": str(place.run / "locks"),
        "HERMES_DISABLE_LAZY_INSTALLS": "1",
        "PYTHONUNBUFFERED": "1",
        # Hermes lets this variable win over its config: nothing that is inherited, or restored, brings commands back in here.
        "TERMINAL_ENV": PLUGIN,
    }
    if identity is None:
        # On the process engine Hermes runs as whoever runs the engine, and out of an environment that many checkouts share:
        # it finds this one's plugin by its path. In the image a .pth file of that environment says it.
        return {**needed, "PYTHONPATH": str(PACKAGES)}
    return {**needed, "USER": identity.name, "LOGNAME": identity.name, **own_tools(inherited.get("PATH", ""), place)}


def own_tools(path: str, place: Surroundings) -> dict[str, str]:
    """What the agent installs lies in its home, and so persists. Root's own PATH never holds that folder."""
    prefix = place.home / ".local"
    return {
        "PATH": f"{prefix / 'bin'}:{path}",
        "NPM_CONFIG_PREFIX": str(prefix),
        "PIP_BREAK_SYSTEM_PACKAGES": "1",
        "PYTHONUSERBASE": str(prefix),
    }
