"""The environment of the gateway process."""

import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest

from talaria_agent.configure.declaration import Declaration
from talaria_agent.gateway.environment import gateway_environment
from talaria_agent.problem import Problem
from talaria_agent.surroundings import Surroundings, read_surroundings
from talaria_agent.user.identity import Identity

KEY = "k" * 16
HERMES = Identity("hermes", 10000, 10000)
PLACE = Surroundings(Path("/c/home"), Path("/c/ws"), Path("/c/run"), Path("/c/etc"), "127.0.0.5", "http://inside")


def made(inherited: dict[str, str], declared: dict[str, str] | None = None, native: bool = False) -> dict[str, str]:
    declaration = Declaration({}, declared or {}, "openai/gpt", None, 32)
    return gateway_environment({"API_SERVER_KEY": KEY, **inherited}, declaration, PLACE, native)


def test_the_api_server_binds_the_containers_own_address() -> None:
    environment = made({"API_SERVER_HOST": "127.0.0.1"}, {"API_SERVER_HOST": "0.0.0.0", "HERMES_HOME": "/elsewhere"})
    assert (environment["API_SERVER_HOST"], environment["HERMES_HOME"]) == ("127.0.0.5", "/c/home/.hermes")


def test_chat_tokens_come_through_and_declared_values_win_over_inherited_ones() -> None:
    environment = made({"SLACK_BOT_TOKEN": "xoxb", "TZ": "UTC"}, {"TZ": "Europe/Berlin"})
    assert (environment["SLACK_BOT_TOKEN"], environment["TZ"]) == ("xoxb", "Europe/Berlin")


def test_the_repositorys_password_would_not_reach_hermes() -> None:
    assert "RESTIC_PASSWORD" not in made({"RESTIC_PASSWORD": "secret"})


def test_only_the_native_path_gets_a_placeholder_key() -> None:
    assert "ANTHROPIC_API_KEY" not in made({})
    assert made({}, native=True)["ANTHROPIC_API_KEY"] == "talaria-adds-the-key"


def test_commands_run_in_exec_whatever_was_inherited_or_declared() -> None:
    assert made({"TERMINAL_ENV": "local"}, {"TERMINAL_ENV": "local"})["TERMINAL_ENV"] == "talaria"


@pytest.mark.parametrize(
    ("settings", "identity", "guards"),
    [({}, HERMES, "0"), ({"approvals": {"deny": []}}, HERMES, "0"), ({"approvals": {"mode": "smart"}}, HERMES, "1"), ({}, None, "1")],
)
def test_hermes_asks_before_risky_commands_where_the_stack_declares_it_and_where_exec_is_this_machine(
    settings: dict[str, object], identity: Identity | None, guards: str
) -> None:
    inherited = {"API_SERVER_KEY": KEY, "TALARIA_COMMAND_GUARDS": "2"}
    environment = gateway_environment(inherited, Declaration(settings, {}, "openai/gpt", None, 32), PLACE, False, identity)
    assert environment["TALARIA_COMMAND_GUARDS"] == guards


def test_a_short_api_server_key_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        made({"API_SERVER_KEY": "short"})
    assert refused.value.code == "api_server_key_missing"


def test_all_missing_variables_are_named_at_once() -> None:
    with pytest.raises(Problem) as refused:
        read_surroundings({"TALARIA_HOME": "/h", "TALARIA_URL": " "})
    for name in ("TALARIA_WORKSPACE", "TALARIA_RUN", "TALARIA_BIND", "TALARIA_URL"):
        assert name in refused.value.message
    assert "TALARIA_HOME" not in refused.value.message and "MANAGED" not in refused.value.message


def test_the_inside_hosts_address_has_no_slash_at_its_end() -> None:
    names = ("TALARIA_HOME", "TALARIA_WORKSPACE", "TALARIA_RUN", "TALARIA_BIND")
    assert read_surroundings({**dict.fromkeys(names, "/x"), "TALARIA_URL": "http://inside/"}).url == "http://inside"


def test_on_the_process_engine_hermes_finds_this_checkouts_plugin_and_no_path_that_was_inherited() -> None:
    (path,) = made({"PYTHONPATH": "/elsewhere"})["PYTHONPATH"].split(":")
    found = [point for one in distributions(path=[path]) for point in one.entry_points if point.group == "hermes_agent.plugins"]
    assert [(point.name, point.value) for point in found] == [("talaria", "talaria_agent.terminal.plugin")]


def test_the_plugins_metadata_say_what_the_project_says() -> None:
    root = Path(__file__).resolve().parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    (said,) = distributions(path=[str(root)])
    assert (said.name, said.version, said.metadata["Summary"]) == (project["name"], project["version"], project["description"])
    assert {"hermes_agent.plugins": {point.name: point.value for point in said.entry_points}} == project["entry-points"]
