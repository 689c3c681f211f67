"""The merge scenarios of Hermes' NixOS module, and an eighth, with Talaria's launcher and a real Hermes: TALARIA_TEST_HERMES_BIN=<bin folder of its venv>.

There the declared is merged into the user's file when the system is activated, and what is no longer declared stays in it. Here both stay
apart, and Hermes' own loader merges them.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from talaria_agent.configure.test_declaration import GOOD, inside_host
from talaria_agent.configure.testing.process import HERMES_BIN, Loader

BIN = Path(__file__).resolve().parents[2] / "bin"
KEY = "k3y-of-the-api-server-0123456789"

pytestmark = pytest.mark.skipif(not HERMES_BIN, reason="TALARIA_TEST_HERMES_BIN names no Hermes")


@pytest.fixture(scope="module")
def loader() -> Iterator[Loader]:
    made = Loader()
    yield made
    made.close()


class Bot:
    """A container whose gateway is Talaria's launcher, up to where it turns into Hermes."""

    def __init__(self, root: Path, loader: Loader) -> None:
        self.root, self.loader = root, loader
        self.hermes_home = root / "home" / ".hermes"
        self.file = self.hermes_home / "config.yaml"
        stand_in = root / "bin" / "hermes"
        stand_in.parent.mkdir()
        stand_in.write_text("#!/bin/sh\n")
        stand_in.chmod(0o755)
        self.environment = {
            "PATH": f"{stand_in.parent}:{BIN}:{HERMES_BIN}:/usr/bin:/bin", "HOME": str(root), "TMPDIR": str(root),
            "TALARIA_HOME": str(root / "home"), "TALARIA_WORKSPACE": str(root / "ws"), "TALARIA_RUN": str(root / "run"),
            "HERMES_HOME": str(self.hermes_home), "HERMES_MANAGED_DIR": str(root / "etc"),
            "TALARIA_BIND": "127.0.0.5", "TALARIA_URL": "http://127.0.0.1:9", "API_SERVER_KEY": KEY,
        }
        self.call(BIN / "talaria-state", "first-boot", "--boot-id", "b")

    def call(self, program: Path, *words: str, **environment: str) -> str:
        given = {**self.environment, **environment}
        return subprocess.run([program, *words], env=given, check=True, capture_output=True, text=True, timeout=120).stdout

    def start(self, settings: dict[str, Any], environment: dict[str, str] | None = None, **secret: str) -> None:
        """A start of the gateway with this declaration."""
        declared = {**GOOD, "settings": settings, "environment": environment or {}}
        with inside_host((200, json.dumps(declared))) as (url, _):
            self.call(BIN / "talaria-gateway", TALARIA_URL=url, **secret)

    def user_writes(self, tree: dict[str, Any]) -> None:
        self.hermes_home.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(tree))

    def get(self, key: str) -> Any:
        """`hermes config get KEY`, of Hermes itself."""
        said = self.call(Path(HERMES_BIN) / "hermes", "config", "get", key).strip()
        try:
            return json.loads(said)
        except ValueError:
            return said

    def loaded(self) -> dict[str, Any]:
        self.loader.ask("enter", root=str(self.root))
        return self.loader.ask("load")


@pytest.fixture
def bot(tmp_path: Path, loader: Loader) -> Bot:
    return Bot(tmp_path, loader)


def test_fresh_what_is_declared_is_what_a_new_home_goes_by(bot: Bot) -> None:
    bot.start({"agent": {"max_turns": 41}, "display": {"skin": "mono"}})
    assert bot.get("agent.max_turns") == 41 and bot.get("display.skin") == "mono"


def test_override_what_is_declared_wins_over_what_the_user_set(bot: Bot) -> None:
    bot.user_writes({"agent": {"max_turns": 3}, "display": {"skin": "ares"}})
    bot.start({"agent": {"max_turns": 41}})
    assert bot.get("agent.max_turns") == 41 and bot.get("display.skin") == "ares"


def test_user_key_kept_what_only_the_user_set_stays_over_starts(bot: Bot) -> None:
    bot.start({"agent": {"max_turns": 41}})
    bot.call(Path(HERMES_BIN) / "hermes", "config", "set", "display.skin", "ares")
    for turns in (41, 42):
        bot.start({"agent": {"max_turns": turns}})
        assert bot.get("display.skin") == "ares"


def test_mixed_siblings_of_a_declared_leaf_are_the_users(bot: Bot) -> None:
    bot.user_writes({"agent": {"max_turns": 3, "verbose": True}, "toolsets": ["one", "two"], "mine": {"colour": "blue"}})
    bot.start({"agent": {"max_turns": 41}, "toolsets": ["declared"], "display": {"compact": True}})
    seen = bot.loaded()
    assert (seen["agent"]["max_turns"], seen["agent"]["verbose"]) == (41, True)
    assert seen["toolsets"] == ["declared"], "a list is a leaf: it is replaced as a whole"
    assert seen["mine"] == {"colour": "blue"} and seen["display"]["compact"] is True


def test_mcp_additive_the_users_servers_stay_beside_the_declared(bot: Bot) -> None:
    bot.user_writes({"mcp_servers": {"mine": {"command": "mine"}, "both": {"command": "users", "timeout": 9}}})
    bot.start({"mcp_servers": {"ours": {"url": "https://m.example/mcp"}, "both": {"command": "declared"}}})
    servers = bot.loaded()["mcp_servers"]
    assert set(servers) >= {"mine", "ours", "both"}
    assert servers["mine"]["command"] == "mine" and servers["ours"]["url"] == "https://m.example/mcp"
    assert servers["both"] == {"command": "declared", "timeout": 9}


def test_nested_a_leaf_deep_below_wins_and_its_neighbours_at_each_depth_stay(bot: Bot) -> None:
    bot.user_writes({"a": {"b": {"c": {"d": 1, "own": 1}, "own": 2}, "own": 3}, "own": 4})
    bot.start({"a": {"b": {"c": {"d": 9}}}})
    seen = bot.loaded()
    assert seen["a"] == {"b": {"c": {"d": 9, "own": 1}, "own": 2}, "own": 3} and seen["own"] == 4


def test_idempotent_a_second_start_changes_nothing(bot: Bot) -> None:
    bot.user_writes({"display": {"skin": "ares"}})

    def files() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in [bot.file, *sorted((bot.root / "etc").iterdir())]}

    declared = {**GOOD, "settings": {"agent": {"max_turns": 41}}, "environment": {"TZ": "UTC"}}
    with inside_host((200, json.dumps(declared))) as (url, _):
        given = {"TALARIA_URL": url, "TALARIA_SECRET_NAMES": "MINE", "MINE": "a secret"}
        bot.call(BIN / "talaria-gateway", **given)
        once, seen = files(), bot.loaded()
        bot.call(BIN / "talaria-gateway", **given)
    assert files() == once and bot.loaded() == seen


def test_undeclare_a_leaf_taken_out_gives_the_users_value_or_the_default_back(bot: Bot, loader: Loader) -> None:
    bot.user_writes({"display": {"skin": "ares"}, "mcp_servers": {"mine": {"command": "mine"}}})
    bot.start({"display": {"skin": "mono", "compact": True}, "mcp_servers": {"ours": {"command": "ours"}}, "mine": {"new": 1}})
    assert bot.get("display.skin") == "mono" and bot.get("display.compact") is True
    bot.start({})
    defaults = loader.ask("defaults")
    seen = bot.loaded()
    assert bot.get("display.skin") == "ares" and seen["display"]["compact"] == defaults["display"]["compact"]
    assert list(seen["mcp_servers"]) == ["mine"] and "mine" not in seen


def test_a_restored_home_brings_back_no_declared_leaf_and_loses_none_of_its_own(bot: Bot) -> None:
    bot.start({"agent": {"max_turns": 41}})
    # What an older home says, from before anything was declared, written by another Hermes.
    bot.user_writes({"_config_version": 1, "agent": {"max_turns": 3}, "display": {"skin": "ares"}, "terminal": {"backend": "local"}})
    bot.start({"agent": {"max_turns": 42}})
    seen = bot.loaded()
    assert (seen["agent"]["max_turns"], seen["display"]["skin"], seen["terminal"]["backend"]) == (42, "ares", "talaria")


STALE = {
    "MINE": "rotated away",
    "TZ": "Antarctica/Troll",
    "SLACK_BOT_TOKEN": "xoxb-rotated-away",
    "API_SERVER_KEY": "r" * 32,
    "TERMINAL_ENV": "local",
    "THEIRS": "stays",
}
ENVIRONMENT = """
import json, sys
from hermes_cli.env_loader import load_hermes_dotenv
import os
load_hermes_dotenv()
print(json.dumps({name: os.environ.get(name) for name in sys.argv[1:]}))
"""


def test_a_stale_env_file_of_a_restored_home_beats_nothing_that_is_declared_or_was_rotated(bot: Bot) -> None:
    bot.hermes_home.mkdir(parents=True)
    (bot.hermes_home / ".env").write_text("".join(f"{name}={value}\n" for name, value in STALE.items()))
    given = {"MINE": "it's #new $HOME", "SLACK_BOT_TOKEN": "xoxb-new"}
    bot.start({}, {"TZ": "Europe/Berlin"}, TALARIA_SECRET_NAMES="MINE", **given)
    said = json.loads(bot.call(Path(HERMES_BIN) / "python", "-c", ENVIRONMENT, *STALE, **given, TZ="Europe/Berlin"))
    assert said == {**given, "TZ": "Europe/Berlin", "API_SERVER_KEY": KEY, "TERMINAL_ENV": "talaria", "THEIRS": "stays"}
