"""The stack's MCP servers as Hermes' managed scope has them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from talaria_agent.surroundings import Surroundings

INSTALLED = Path("/opt/mcp")
"""Where the images have the packages of each server, in both the same; `run` there starts its program."""

BRIDGE = "talaria-mcp-exec"
"""The program on PATH that runs a server in Exec."""

TAG = "TALARIA_MCP_TAG"
"""Environment variable of the gateway: under this name our plugin tells the bridge whose session a tool call belongs to."""


@dataclass(frozen=True)
class McpServer:
    """One server of the declaration."""

    hermes: Mapping[str, Any]
    """Under Hermes' own names."""
    in_exec: bool
    installed_args: tuple[str, ...] | None
    """Arguments of the program that the image has installed; None where the command is one that is there anyway."""


def parse_servers(data: object) -> dict[str, McpServer]:
    """The field `mcpServers` of the declaration. Raises ValueError when it is not as expected."""
    if not isinstance(data, dict):
        raise ValueError("no mapping")
    return {str(name): _parse_server(server) for name, server in data.items()}


def _parse_server(data: object) -> McpServer:
    if not isinstance(data, dict) or not isinstance(data.get("hermes"), dict):
        raise ValueError("a server without fields")
    args = data.get("installedArgs")
    if args is not None and not (isinstance(args, list) and all(isinstance(arg, str) for arg in args)):
        raise ValueError("arguments that are no texts")
    return McpServer(data["hermes"], data.get("runIn") == "exec", None if args is None else tuple(args))


def mcp_settings(servers: Mapping[str, McpServer], place: Surroundings, installed: Path = INSTALLED) -> dict[str, Any]:
    """The section `mcp_servers`; nothing where the stack declares none, so that the user's own stay alone."""
    if not servers:
        return {}
    return {"mcp_servers": {name: _settings(name, server, place, installed) for name, server in servers.items()}}


def _settings(name: str, server: McpServer, place: Surroundings, installed: Path) -> dict[str, Any]:
    if server.in_exec:
        return _through_bridge(name, server, place, installed)
    program = installed / name / "run"
    if server.installed_args is None or not os.access(program, os.X_OK):
        return dict(server.hermes)
    return {**server.hermes, "command": str(program), "args": list(server.installed_args)}


def _through_bridge(name: str, server: McpServer, place: Surroundings, installed: Path) -> dict[str, Any]:
    """The bridge in the program's place. Hermes gives it the server's environment, and it gives it on by name."""
    hermes = dict(server.hermes)
    declared = dict(hermes.pop("env", {}))
    cwd = hermes.pop("cwd", None)
    command = [str(hermes.get("command", "")), *map(str, hermes.get("args", []))]
    options = [f"--env={variable}" for variable in declared]
    if cwd is not None:
        options.append(f"--cwd={cwd}")
    if server.installed_args is not None:
        # Which of both there is, only the other container knows.
        options += [f"--installed={installed / name / 'run'}", f"--skip={len(command) - len(server.installed_args)}"]
    env = {**declared, "TALARIA_URL": place.url, TAG: f"${{{TAG}}}"}
    return {**hermes, "command": BRIDGE, "args": [name, *options, "--", *command], "env": env}
