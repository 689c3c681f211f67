"""What ends up in Hermes' managed scope."""

import json
from pathlib import Path
from typing import Any

from talaria_agent.configure.declaration import Declaration
from talaria_agent.configure.managed_environment import write_managed_environment
from talaria_agent.configure.managed_scope import managed_config, merge, needed_config, write_managed_scope
from talaria_agent.configure.user_config import UsersPlugins
from talaria_agent.declared_files.declaration import DeclaredFiles
from talaria_agent.surroundings import Surroundings


def place(root: Path = Path("/c")) -> Surroundings:
    return Surroundings(root / "home", root / "ws", root / "run", root / "etc", "127.0.0.5", "http://inside")


def config(model_id: str = "openai/gpt", native: bool = False, **settings: Any) -> dict[str, Any]:
    declaration = Declaration(settings, {}, model_id, 131_072, 32)
    return managed_config(declaration, needed_config(declaration, place(), 50, native))


def test_declared_settings_win_over_defaults() -> None:
    assert config()["approvals"]["mode"] == "manual"
    assert config()["agent"]["environment_probe"] is False
    assert config(approvals={"mode": "off"})["approvals"] == {"mode": "off"}


def test_what_talaria_needs_wins_over_declared_settings_and_their_neighbours_stay() -> None:
    made = config(model={"base_url": "http://elsewhere"}, terminal={"backend": "local", "cwd": "/", "timeout": 9}, gateway={"strict": True})
    assert made["model"]["base_url"] == "http://inside/model/v1"
    assert made["terminal"] == {"backend": "talaria", "cwd": "/c/ws", "timeout": 9}
    assert made["gateway"] == {"strict": True, "api_server": {"max_concurrent_runs": 64}}
    assert made["_config_version"] == 50


def test_talarias_plugin_is_enabled_beside_those_of_the_stack_and_of_the_user() -> None:
    assert config()["plugins"] == {"enabled": ["talaria"]}
    declared = Declaration({"plugins": {"enabled": ["of-stack", "both"], "disabled": ["no"]}}, {}, "openai/gpt", None, 32)
    made = managed_config(declared, needed_config(declared, place(), 50, False, UsersPlugins(("both", "of-user"))))
    assert made["plugins"] == {"enabled": ["talaria", "of-stack", "both", "of-user"], "disabled": ["no"]}


def test_nobody_in_the_box_disables_what_the_stack_declares_or_what_talaria_needs() -> None:
    declared = Declaration({}, {}, "openai/gpt", None, 32, files=DeclaredFiles(plugins={"notes": None}))
    users = UsersPlugins(("theirs",), ("talaria", "notes", "kanban"))
    made = managed_config(declared, needed_config(declared, place(), 50, False, users))
    assert made["plugins"] == {"enabled": ["talaria", "notes", "theirs"], "disabled": ["kanban"]}
    users = UsersPlugins((), ("kanban",))
    assert "disabled" not in managed_config(declared, needed_config(declared, place(), 50, False, users))["plugins"]


def test_the_declared_time_zone_wins_over_settings_and_none_leaves_it_to_the_user() -> None:
    declared = Declaration({"timezone": "UTC"}, {}, "openai/gpt", None, 32, timezone="Europe/Berlin")
    assert managed_config(declared, needed_config(declared, place(), 50, False))["timezone"] == "Europe/Berlin"
    assert "timezone" not in config()


def test_any_model_id_goes_to_the_proxy_unchanged_as_chat_completions() -> None:
    section = config("anthropic/claude-sonnet-4-6")["model"]
    assert (section["provider"], section["default"]) == ("custom", "anthropic/claude-sonnet-4-6")
    assert section["context_length"] == 131_072


def test_a_model_of_hermes_own_login_goes_to_openai_without_a_key() -> None:
    section = config("openai-codex/gpt-5.4", native=True)["model"]
    assert section == {
        "default": "gpt-5.4",
        "provider": "openai-codex",
        "base_url": "https://chatgpt.com/backend-api/codex",
        "api_mode": "codex_responses",
        "context_length": 131_072,
    }


def test_an_anthropic_model_is_native_when_its_library_is_there() -> None:
    section = config("anthropic/claude-sonnet-4-6", native=True)["model"]
    assert (section["provider"], section["default"]) == ("anthropic", "claude-sonnet-4-6")
    assert section["base_url"] == "http://inside/model/anthropic"
    assert config("openrouter/anthropic/claude", native=True)["model"]["provider"] == "custom"


def test_lists_are_replaced_and_mappings_are_merged() -> None:
    assert merge({"a": {"b": 1, "c": [1, 2]}}, {"a": {"c": [3]}, "d": None}) == {"a": {"b": 1, "c": [3]}, "d": None}


def test_the_scope_is_written_as_json_that_everyone_may_read(tmp_path: Path) -> None:
    path = write_managed_scope(tmp_path / "etc", config())
    assert json.loads(path.read_text())["model"]["provider"] == "custom"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [file.name for file in path.parent.iterdir()] == ["config.yaml"]


def test_secrets_are_pinned_in_a_file_for_the_gateways_user_alone(tmp_path: Path) -> None:
    environment = {"API_SERVER_KEY": "it's $HOME", "SLACK_BOT_TOKEN": "xoxb", "OTHER": "no", "TZ": "UTC", "TALARIA_URL": "http://i"}
    path = write_managed_environment(tmp_path, environment, ["TZ", "ABSENT"])
    assert path.read_text() == "API_SERVER_KEY='it\\'s $HOME'\nSLACK_BOT_TOKEN='xoxb'\nTALARIA_URL='http://i'\nTZ='UTC'\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_route_leads_to_the_proxy_without_a_key_of_its_own() -> None:
    declaration = Declaration({}, {}, "anthropic/claude", None, 32, model_routes={"fast": "openai/gpt-mini"})
    made = managed_config(declaration, needed_config(declaration, place(), 50, True))
    assert made["gateway"]["api_server"]["model_routes"] == {
        "fast": {"model": "openai/gpt-mini", "provider": "custom", "base_url": "http://inside/model/v1", "api_key": "talaria-adds-the-key"}
    }
