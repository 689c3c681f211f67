"""Whose session a tool call belongs to: said to the bridge by an argument that the server never sees.

One process serves every session of Hermes, and MCP has no word for whose call it is. Our plugin's hook before each tool call knows; it adds an
argument under a name that is drawn anew at each start of the gateway, so that no model can write it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from talaria_agent.mcp.servers import TAG
from talaria_agent.terminal.names import session_name

IN_EXEC = "TALARIA_MCP_EXEC"
"""Environment variable of the gateway: names of the servers that run in Exec, by commas."""


def argument_name(tag: str) -> str:
    """The argument's name."""
    return f"talaria_session_{tag}"


def call_tagger(environment: Mapping[str, str]) -> Callable[..., dict[str, Any] | None] | None:
    """The hook `pre_tool_call`; None where no server of the stack runs in Exec."""
    servers = frozenset(name for name in environment.get(IN_EXEC, "").split(",") if name)
    tag = environment.get(TAG, "")
    if not servers or not tag:
        return None

    def before_call(tool_name: str = "", task_id: str = "", **_: Any) -> dict[str, Any] | None:
        environment_id = environment_of(task_id) if server_of(tool_name) in servers else None
        if environment_id is None:
            return None
        return {"action": "modify", "args": {argument_name(tag): session_name(environment_id)}}

    return before_call


def server_of(tool_name: str) -> str | None:
    """The MCP server that a tool of Hermes is of, as Hermes' own list of them says; None for any other tool."""
    try:
        from tools.mcp_tool import _mcp_tool_server_names
    except ImportError:
        return None  # a Hermes that keeps it elsewhere: calls go to the server's own session
    return _mcp_tool_server_names.get(tool_name)


def environment_of(task_id: str) -> str | None:
    """What Hermes calls the terminal of a task: several tasks share one. None where this Hermes does not say."""
    try:
        from tools.terminal_tool import _resolve_container_task_id
    except ImportError:
        return None
    return str(_resolve_container_task_id(task_id))
