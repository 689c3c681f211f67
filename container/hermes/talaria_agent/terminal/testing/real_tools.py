"""Hermes' file tools, background processes and `execute_code` over jobs. Run by `test_with_hermes.py` with Hermes' Python."""

import json
from pathlib import Path

import pytest
from tools.file_operations import ShellFileOperations

from talaria_agent.configure.user_config import users_plugins
from talaria_agent.terminal.environment import TalariaEnvironment
from talaria_agent.terminal.testing.inside_exec import InsideExec
from talaria_agent.terminal.testing.real_environment import env, inside, until

__all__ = ["env", "inside"]


def test_a_file_that_is_written_reads_back(env: TalariaEnvironment, inside: InsideExec) -> None:
    files = ShellFileOperations(env, cwd=str(inside.workspace))
    content = "first line\nzweite Zeile: äöü ✓\n'quotes' \"and\" $dollars `ticks` \\ backslash\n"
    written = files.write_file(f"{inside.workspace}/deep/er/note.txt", content)
    assert written.error is None
    assert (inside.workspace / "deep/er/note.txt").read_text() == content
    read = files.read_file(f"{inside.workspace}/deep/er/note.txt")
    assert read.error is None and "zweite Zeile: äöü ✓" in read.content


def test_a_large_file_is_written_whole(env: TalariaEnvironment, inside: InsideExec) -> None:
    files = ShellFileOperations(env, cwd=str(inside.workspace))
    content = "".join(f"line {number}\n" for number in range(200_000))
    assert files.write_file(f"{inside.workspace}/large.txt", content).error is None
    assert (inside.workspace / "large.txt").read_text() == content


def test_a_patch_changes_what_it_names(env: TalariaEnvironment, inside: InsideExec) -> None:
    files = ShellFileOperations(env, cwd=str(inside.workspace))
    path = inside.workspace / "program.py"
    path.write_text("def one():\n    return 1\n")
    patched = files.patch_replace(str(path), "return 1", "return 2")
    assert patched.success and path.read_text() == "def one():\n    return 2\n"


def test_search_finds_names_and_contents(env: TalariaEnvironment, inside: InsideExec) -> None:
    files = ShellFileOperations(env, cwd=str(inside.workspace))
    (inside.workspace / "haystack").mkdir()
    (inside.workspace / "haystack" / "needle.txt").write_text("a needle in here\n")
    found = files.search("needle in", path=str(inside.workspace / "haystack"), target="content")
    assert found.error is None and any("needle.txt" in match.path for match in found.matches)
    named = files.search("*.txt", path=str(inside.workspace / "haystack"), target="files")
    assert named.error is None and any("needle.txt" in path for path in named.files)


def test_a_background_process_is_polled_to_its_end(env: TalariaEnvironment, inside: InsideExec) -> None:
    from tools.process_registry import process_registry

    session = process_registry.spawn_via_env(env, "echo begun; until [ -e gate ]; do sleep 0.1; done; echo ended; exit 3")
    assert session.pid is not None
    until(lambda: "begun" in session.output_buffer)
    assert process_registry.poll(session.id)["status"] == "running"
    (inside.workspace / "gate").touch()
    until(lambda: session.exited)
    assert "ended" in session.output_buffer and session.exit_code == 3


def test_a_background_process_can_be_killed(env: TalariaEnvironment, inside: InsideExec) -> None:
    from tools.process_registry import process_registry

    session = process_registry.spawn_via_env(env, "sleep 600")
    process_registry.kill_process(session.id)
    until(lambda: session.exited)


@pytest.fixture
def tools(inside: InsideExec, env: TalariaEnvironment, monkeypatch: pytest.MonkeyPatch) -> InsideExec:
    """Hermes set up as a stack sets it up, for its tools' own entries."""
    from agent.terminal_env_registry import register_provider

    from talaria_agent.terminal.provider import TalariaTerminal

    monkeypatch.setenv("TERMINAL_ENV", "talaria")
    monkeypatch.setenv("TERMINAL_CWD", str(inside.workspace))
    register_provider(TalariaTerminal({"TALARIA_URL": inside.url, "TALARIA_WORKSPACE": str(inside.workspace)}))
    return inside


def test_the_terminal_tool_runs_a_command_and_does_not_ask_before_a_risky_one(tools: InsideExec) -> None:
    from tools.terminal_tool import cleanup_all_environments, terminal_tool

    (tools.workspace / "old").mkdir()
    result = json.loads(terminal_tool("rm -rf old && cd / && cd - && mkdir here && cd here && pwd", task_id="one"))
    assert result["exit_code"] == 0 and result["output"].endswith(f"{tools.workspace}/here"), result
    assert json.loads(terminal_tool("pwd", task_id="one"))["output"] == f"{tools.workspace}/here"
    assert [order["kind"] for _, _, order in tools.orders].count("terminal") == 2
    cleanup_all_environments()
    assert tools.rests == 1


def test_a_refusal_reaches_the_model_as_it_is_and_at_once(tools: InsideExec) -> None:
    from tools.terminal_tool import cleanup_all_environments, terminal_tool

    tools.refusal = (429, "execRate", "240 commands a minute are used up. Wait a minute.")
    result = json.loads(terminal_tool("echo x", task_id="two"))
    assert result["exit_code"] == 75 and "240 commands a minute" in result["output"]
    assert len([asked for asked in tools.asked if asked.startswith("PUT")]) == 1
    cleanup_all_environments()


def test_code_runs_over_there_and_calls_tools_over_here(tools: InsideExec) -> None:
    from tools.code_execution_tool import execute_code
    from tools.terminal_tool import cleanup_all_environments

    code = (
        "from hermes_tools import terminal, write_file\n"
        "write_file('made.txt', 'by code\\n')\n"
        "print(terminal('cat made.txt')['output'])\n"
        "import os; print(sum(range(10)), os.getcwd())\n"
    )
    result = json.loads(execute_code(code, task_id="three", enabled_tools=["terminal", "write_file"]))
    assert result["status"] == "success", result
    assert "by code" in result["output"] and "45" in result["output"]
    assert (tools.workspace / "made.txt").read_text() == "by code\n"
    cleanup_all_environments()


def test_the_probe_for_the_system_prompt_starts_no_container(tools: InsideExec) -> None:
    from agent.prompt_builder import _probe_remote_backend

    assert _probe_remote_backend("talaria") is None
    assert tools.asked == []


def test_hermes_finds_the_plugin_as_that_of_any_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from agent.terminal_env_registry import get_provider
    from hermes_cli.plugins import discover_plugins

    managed, home = tmp_path / "managed", tmp_path / "home"
    managed.mkdir()
    home.mkdir()
    (managed / "config.yaml").write_text(json.dumps({"plugins": {"enabled": ["talaria"]}}))
    monkeypatch.setenv("HERMES_MANAGED_DIR", str(managed))
    monkeypatch.setenv("HERMES_HOME", str(home))
    discover_plugins(force=True)
    provider = get_provider("talaria")
    assert type(provider).__name__ == "TalariaTerminal" and provider.is_container and provider.skip_container_guards


def test_a_stack_that_declares_approvals_keeps_hermes_questions() -> None:
    from talaria_agent.terminal.provider import GUARDS, TalariaTerminal

    assert TalariaTerminal({}).skip_container_guards is True
    assert TalariaTerminal({GUARDS: "1"}).skip_container_guards is False


def test_the_users_plugins_are_read_from_yaml(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("# mine\nplugins:\n  enabled:\n    - one  # two\n    - web/three\n")
    assert users_plugins(tmp_path).enabled == ("one", "web/three")
    (tmp_path / "config.yaml").write_text("plugins: [\n")
    assert users_plugins(tmp_path).enabled == ()
