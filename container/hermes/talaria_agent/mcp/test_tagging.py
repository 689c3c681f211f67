"""Whose session a call belongs to, as our plugin's hook says it. With the real Hermes: `e2e/mcp.e2e.test.ts`."""

import sys
from types import SimpleNamespace

import pytest

from talaria_agent.mcp.tagging import call_tagger

ENVIRONMENT = {"TALARIA_MCP_EXEC": "files", "TALARIA_MCP_TAG": "abc"}


@pytest.fixture
def hermes(monkeypatch: pytest.MonkeyPatch) -> None:
    """As much of Hermes as the hook asks."""
    names = {"mcp__files__read": "files", "mcp__files_b__read": "files_b"}
    monkeypatch.setitem(sys.modules, "tools", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "tools.mcp_tool", SimpleNamespace(_mcp_tool_server_names=names))
    terminal = SimpleNamespace(_resolve_container_task_id=lambda task: f"session-of-{task}")
    monkeypatch.setitem(sys.modules, "tools.terminal_tool", terminal)


def test_only_calls_of_a_server_in_exec_say_whose_they_are(hermes: None) -> None:
    tag = call_tagger(ENVIRONMENT)
    assert tag is not None
    assert tag(tool_name="mcp__files__read", task_id="one") == {"action": "modify", "args": {"talaria_session_abc": "session-of-one"}}
    assert tag(tool_name="mcp__files_b__read", task_id="one") is None and tag(tool_name="terminal", task_id="one") is None


def test_without_such_a_server_there_is_no_hook() -> None:
    assert call_tagger({**ENVIRONMENT, "TALARIA_MCP_EXEC": ""}) is None and call_tagger({}) is None


def test_a_hermes_that_does_not_say_leaves_a_call_to_the_servers_own_session() -> None:
    tag = call_tagger(ENVIRONMENT)
    assert tag is not None and tag(tool_name="mcp__files__read", task_id="one") is None
