"""`hermes mcp logout`."""

from pathlib import Path

import pytest

from talaria_agent.configure.declared import Declared
from talaria_agent.hands.guard import refusal
from talaria_agent.hands.mcp_logout import logout


def test_what_a_login_left_goes_and_nothing_of_another_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tokens = tmp_path / "mcp-tokens"
    tokens.mkdir()
    for name in ("linear.json", "linear.client.json", "linear.meta.json", "linear2.json"):
        (tokens / name).write_text("{}")
    assert logout(["linear"], tmp_path) == 0
    assert [path.name for path in tokens.iterdir()] == ["linear2.json"]
    assert logout(["nobody"], tmp_path) == 1 and logout([], tmp_path) == 2
    assert "linear: logged out" in capsys.readouterr().out


def test_a_server_of_the_stack_is_not_removed_by_hand() -> None:
    declared = Declared("prod", ("mcp_servers.linear.url",), ())
    why = refusal(["mcp", "remove", "linear"], declared)
    assert why is not None and "config set --path talaria:mcpServers.linear.FIELD VALUE --stack prod" in why
    assert refusal(["mcp", "remove", "own"], declared) is None and refusal(["mcp", "login", "linear"], declared) is None
