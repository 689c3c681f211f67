"""MCP servers of the declaration, as Hermes reads them."""

from pathlib import Path

import pytest

from talaria_agent.configure.test_managed_scope import place
from talaria_agent.mcp.servers import mcp_settings, parse_servers


def test_no_server_leaves_the_section_to_the_user() -> None:
    assert mcp_settings({}, place()) == {}


def test_a_server_is_as_it_was_declared_until_the_image_has_a_program_for_it(tmp_path: Path) -> None:
    hermes = {"command": "uvx", "args": ["time==1.0", "--utc"], "timeout": 5}
    servers = parse_servers({"time": {"hermes": hermes, "runIn": "agent", "installedArgs": ["--utc"]}})
    assert mcp_settings(servers, place(), tmp_path) == {"mcp_servers": {"time": hermes}}
    program = tmp_path / "time" / "run"
    program.parent.mkdir()
    program.touch(0o755)
    made = mcp_settings(servers, place(), tmp_path)["mcp_servers"]["time"]
    assert made == {"command": str(program), "args": ["--utc"], "timeout": 5}


def test_a_server_of_exec_is_the_bridge_which_is_told_the_command_and_the_names_of_its_variables() -> None:
    hermes = {"command": "npx", "args": ["-y", "files@1.0.0", "/workspace"], "env": {"KEY": "${FILES_KEY}"}, "cwd": "sub", "tools": {"include": ["read"]}}
    servers = parse_servers({"files": {"hermes": hermes, "runIn": "exec", "installedArgs": ["/workspace"]}})
    assert mcp_settings(servers, place())["mcp_servers"]["files"] == {
        "command": "talaria-mcp-exec",
        "args": ["files", "--env=KEY", "--cwd=sub", "--installed=/opt/mcp/files/run", "--skip=3", "--", "npx", "-y", "files@1.0.0", "/workspace"],
        "env": {"KEY": "${FILES_KEY}", "TALARIA_URL": "http://inside", "TALARIA_MCP_TAG": "${TALARIA_MCP_TAG}"},
        "tools": {"include": ["read"]},
    }


@pytest.mark.parametrize("data", [[], {"a": 1}, {"a": {}}, {"a": {"hermes": {}, "installedArgs": "x"}}])
def test_what_is_no_server_is_refused(data: object) -> None:
    with pytest.raises(ValueError):
        parse_servers(data)
