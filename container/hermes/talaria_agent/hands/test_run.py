"""`talaria-as-agent` as a process."""

from pathlib import Path

import pytest

from talaria_agent.gateway.test_launch import Container, code_of
from talaria_agent.hands.environment import HANDS
from talaria_agent.init.stopping import record_stopping
from talaria_agent.problem import INTERNAL, NOT_RESTORED, UNAVAILABLE, USAGE


@pytest.fixture
def container(tmp_path: Path) -> Container:
    return Container(tmp_path, "http://127.0.0.1:9")


def ready(container: Container) -> None:
    container.home.mkdir(parents=True)
    container.state("first-boot", "--boot-id", "b1")


def test_a_home_that_is_not_whole_is_touched_by_nobody(container: Container) -> None:
    code, _, err = container.run("talaria-as-agent", "true")
    assert (code, code_of(err)) == (NOT_RESTORED, "not_restored")


def test_nothing_begins_in_a_container_that_ends(container: Container) -> None:
    ready(container)
    record_stopping(container.root / "run")
    code, _, err = container.run("talaria-as-agent", "true")
    assert (code, code_of(err)) == (UNAVAILABLE, "container_stopping")


def test_a_program_runs_in_the_gateways_home_without_its_secrets_and_ends_with_its_own_code(container: Container) -> None:
    ready(container)
    words = 'echo "$HERMES_HOME|$HERMES_MANAGED_DIR|$TERMINAL_ENV|${API_SERVER_KEY-none}|${SLACK_BOT_TOKEN-none}|$PWD|$0"; exit 7'
    code, out, _ = container.run("talaria-as-agent", "bash", "-c", words, "a b", SLACK_BOT_TOKEN="xoxb-0123456789")
    home, managed = container.home, container.root / "etc"
    assert (code, out.strip()) == (7, f"{home}|{managed}|talaria|none|none|{home.parent}|a b")


def test_no_program_out_of_the_agents_home_takes_the_place_of_one(container: Container) -> None:
    ready(container)
    planted = container.home.parent / ".local" / "bin"
    planted.mkdir(parents=True)
    for name in ("hermes", "bash"):
        (planted / name).write_text("#!/bin/sh\necho planted\n")
        (planted / name).chmod(0o755)
    code, out, _ = container.run("talaria-as-agent", "bash", "-c", 'echo "$TALARIA_HERMES_PROGRAM"; command -v hermes')
    assert (code, out.split()) == (0, [str(container.root / "bin" / "hermes"), str(HANDS / "hermes")])


@pytest.mark.parametrize(("words", "code", "name"), [([], USAGE, "usage"), (["nonesuch"], INTERNAL, "program_missing")])
def test_says_what_is_wrong(container: Container, words: list[str], code: int, name: str) -> None:
    ready(container)
    ended, _, err = container.run("talaria-as-agent", *words)
    assert (ended, code_of(err)) == (code, name)
