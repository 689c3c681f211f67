"""What Hermes' own NixOS module checks of an installation, of the one that Talaria stands on: TALARIA_TEST_HERMES_BIN=<bin folder of its venv>.

The module's other two checks stand elsewhere: its configuration keys in `local/toolchain/hermes.process.test.ts`, its merging in
`configure/test_merging_with_hermes.py`.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from talaria_agent.configure.declared import write_declared
from talaria_agent.configure.testing.process import HERMES_BIN, PACKAGES
from talaria_agent.hands.environment import HANDS
from talaria_agent.hands.hermes import REFUSED

pytestmark = pytest.mark.skipif(not HERMES_BIN, reason="TALARIA_TEST_HERMES_BIN names no Hermes")


class Place:
    """A home and a managed scope in which `agent.max_turns` is declared."""

    def __init__(self, root: Path) -> None:
        self.home, self.managed = root / "home", root / "etc"
        self.home.mkdir()
        self.managed.mkdir()
        (self.managed / "config.yaml").write_text('{"agent": {"max_turns": 7}}')
        write_declared(self.managed, "prod", {"agent": {"max_turns": 7}}, {})
        self.environment = {
            "PATH": f"{HERMES_BIN}:/usr/bin:/bin", "HOME": str(root), "HERMES_HOME": str(self.home),
            "HERMES_MANAGED_DIR": str(self.managed), "TALARIA_HERMES_PROGRAM": f"{HERMES_BIN}/hermes",
            "PYTHONPATH": str(PACKAGES), "PYTHONDONTWRITEBYTECODE": "1",
        }

    def run(self, *line: str | Path) -> tuple[int, str]:
        done = subprocess.run(line, env=self.environment, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout + done.stderr

    def python(self, program: str) -> str:
        code, said = self.run(f"{HERMES_BIN}/python", "-c", program)
        assert code == 0, said
        return said


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_contents_its_program_runs_and_its_libraries_are_there(place: Place) -> None:
    code, said = place.run(f"{HERMES_BIN}/hermes", "--version")
    assert code == 0 and "ermes" in said
    place.python("import hermes_cli.config, gateway.run, cron, tools, agent, aiohttp")


def test_entry_points_each_program_of_it_is_there_and_the_terminal_plugin_is_found(place: Place) -> None:
    names = place.python(
        "from importlib.metadata import distributions as all\n"
        "one = next(dist for dist in all() if dist.name.lower().startswith('hermes-agent'))\n"
        "print(*(entry.name for entry in one.entry_points if entry.group == 'console_scripts'))"
    ).split()
    assert {"hermes", "hermes-agent", "hermes-acp"} <= set(names)
    assert all(os.access(f"{HERMES_BIN}/{name}", os.X_OK) for name in names)
    plugins = place.python(
        "from importlib.metadata import entry_points\n"
        "print(*(entry.load().__name__ for entry in entry_points(group='hermes_agent.plugins') if entry.name == 'talaria'))"
    )
    assert plugins.split() == ["talaria_agent.terminal.plugin"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["--help"], ["gateway", "config", "dashboard", "mcp", "skills", "sessions"]),
        (["gateway", "run", "--help"], ["--external-supervisor", "-q"]),
        (["config", "--help"], ["get", "set", "unset", "edit"]),
        (["mcp", "--help"], ["add", "list"]),
    ],
)
def test_cli_commands_that_talaria_names_are_there(place: Place, line: list[str], says: list[str]) -> None:
    code, said = place.run(f"{HERMES_BIN}/hermes", *line)
    assert code == 0 and [word for word in says if word not in said] == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("config set agent.max_turns 9", "config set --path talaria:settings.agent.max_turns"),
        ("config unset agent.max_turns", "declared by the stack prod"),
        ("config edit", "hermes config set KEY VALUE"),
        ("setup", "pulumi config set talaria:KEY"),
        ("model", "talaria:model.default"),
        ("update", "comes with the image"),
        ("gateway install", "./talaria restart --gateway"),
        ("gateway uninstall", "./talaria restart --gateway"),
    ],
)
def test_managed_guard_what_the_stack_decides_is_refused_with_the_command_to_type(place: Place, line: str, says: str) -> None:
    code, said = place.run(HANDS / "hermes", *line.split())
    assert code == REFUSED and says in said
    assert not (place.home / "config.yaml").exists()


def test_managed_guard_past_it_hermes_itself_refuses_and_the_declared_counts(place: Place) -> None:
    code, said = place.run(f"{HERMES_BIN}/hermes", "config", "set", "agent.max_turns", "9")
    assert code != 0 and "anaged" in said
    assert place.run(f"{HERMES_BIN}/hermes", "config", "get", "agent.max_turns")[1].strip() == "7"
    code, said = place.run(HANDS / "hermes", "config", "set", "display.skin", "mono")
    assert code == 0, said
    assert place.run(HANDS / "hermes", "config", "get", "display.skin")[1].strip() == "mono"


def test_bundled_skills_come_into_a_new_home_and_what_the_agent_learned_or_changed_stays(place: Place, tmp_path: Path) -> None:
    # The wheels of PyPI hold no skills, the image's source does: these stand for them.
    place.environment["HERMES_BUNDLED_SKILLS"] = str(tmp_path / "bundled")

    def skill(root: Path, name: str, text: str = "as it came") -> Path:
        file = root / name / "SKILL.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\nname: {name.rpartition('/')[2]}\ndescription: {text}\n---\n{text}\n")
        return file

    def synced(name: str) -> str:
        place.python("from tools.skills_sync import sync_skills; sync_skills(quiet=True)")
        return (place.home / "skills" / name / "SKILL.md").read_text()

    for name in ("notes/one", "notes/two"):
        skill(tmp_path / "bundled", name)
    learned = skill(place.home / "skills", "mine", "learned")
    assert "as it came" in synced("notes/one") and "learned" in learned.read_text()
    skill(place.home / "skills", "notes/one", "changed by the agent")
    for name in ("notes/one", "notes/two"):
        skill(tmp_path / "bundled", name, "of a newer Hermes")
    assert "changed by the agent" in synced("notes/one") and "of a newer Hermes" in synced("notes/two")
    assert "learned" in learned.read_text()
