"""What of `hermes` the stack decides."""

import os
import subprocess
from pathlib import Path

import pytest

from talaria_agent.configure.declared import Declared, read_declared, write_declared
from talaria_agent.hands.environment import HANDS
from talaria_agent.hands.guard import refusal
from talaria_agent.hands.hermes import REFUSED

DECLARED = Declared("prod", ("agent.max_turns", "toolsets"), ("terminal.backend", "model.default"))


@pytest.mark.parametrize(
    "line",
    [
        "config set agent.max_turns 5",
        "config unset agent.max_turns",
        "config set agent 5",
        "config unset agent",
        "-p work config set agent.max_turns 5",
        "config set toolsets.0 a",
    ],
)
def test_a_declared_key_names_the_stack_and_what_to_type(line: str) -> None:
    why = refusal(line.split(), DECLARED)
    assert why is not None and "declared by the stack prod" in why
    assert "pulumi config set --path talaria:settings." in why and "pulumi up --stack prod" in why


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("config set terminal.backend local", "terminal.backend is Talaria's to decide"),
        ("config edit", "hermes config set KEY VALUE"),
        ("model", "talaria:model.default"),
        ("setup", "The stack's config is the set-up"),
        ("setup gateway", "The stack's config is the set-up"),
        ("update", "comes with the image"),
        ("gateway install", "no service to install"),
        ("gateway uninstall --system", "no service to uninstall"),
    ],
)
def test_what_has_another_place_names_it(line: str, says: str) -> None:
    why = refusal(line.split(), DECLARED)
    assert why is not None and says in why


@pytest.mark.parametrize(
    "line",
    [
        "",
        "config set agent.api_max_retries 5",
        "config set agentic.max_turns 5",
        "config get agent.max_turns",
        "config show",
        "chat -q model",
        "sessions list",
        "update --check",
        "gateway status",
        "skills install x",
    ],
)
def test_all_else_runs(line: str) -> None:
    assert refusal(line.split(), DECLARED) is None


def test_a_local_stack_is_changed_by_npm_run_pulumi() -> None:
    why = refusal(["config", "set", "toolsets", "x"], Declared("local", ("toolsets",), ()))
    assert why is not None and "npm run pulumi -- config set" in why and "npm run pulumi -- up --stack local" in why


def test_paths_are_written_without_values_and_talarias_own_are_not_the_stacks(tmp_path: Path) -> None:
    write_declared(tmp_path, "prod", {"a": {"b": "v" * 9}, "plugins": {"enabled": ["x"]}, "c": {}}, {"plugins": {"enabled": ["y"]}})
    assert read_declared(tmp_path) == Declared("prod", ("a.b", "c"), ("plugins.enabled",))
    assert "vvv" not in (tmp_path / "talaria.json").read_text()


def test_hermes_by_hand_refuses_or_becomes_the_real_one(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_text('#!/bin/sh\necho "real $*"\nexit 3\n')
    real.chmod(0o755)
    write_declared(tmp_path, "prod", {"toolsets": ["a"]}, {})

    def typed(*words: str) -> tuple[int, str, str]:
        environment = {**os.environ, "TALARIA_HERMES_PROGRAM": str(real), "HERMES_MANAGED_DIR": str(tmp_path)}
        done = subprocess.run([HANDS / "hermes", *words], env=environment, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    assert typed("config", "get", "toolsets") == (3, "real config get toolsets", "")
    code, out, why = typed("config", "set", "toolsets", "b")
    assert (code, out) == (REFUSED, "") and why.startswith("toolsets is declared by the stack prod.")
