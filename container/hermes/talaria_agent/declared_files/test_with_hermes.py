"""Declared files read by a real Hermes, where one is named: TALARIA_TEST_HERMES_BIN=<bin folder of its venv>."""

import json
import os
import pickle
import subprocess
from pathlib import Path
from typing import Any

import pytest

from talaria_agent.configure.managed_scope import write_managed_scope
from talaria_agent.declared_files.declaration import DeclaredFile, DeclaredFiles, Folder
from talaria_agent.surroundings import Surroundings

PACKAGES = str(Path(__file__).resolve().parents[2])
HERMES_BIN = os.environ.get("TALARIA_TEST_HERMES_BIN", "")

pytestmark = pytest.mark.skipif(not HERMES_BIN, reason="TALARIA_TEST_HERMES_BIN names no Hermes")

BRING = """
import pickle, sys
from talaria_agent.declared_files.bringing import bring_files, place_files
place, files = pickle.loads(sys.stdin.buffer.read())
place_files(place, files)
print(bring_files(place, files))
"""

ASK = """
import json
from agent.prompt_builder import build_context_files_prompt, build_skills_system_prompt, load_soul_md
from hermes_cli.plugins import PluginManager
from tools.skills_tool import skill_view, skills_list
from tools.credential_files import iter_skills_files
manager = PluginManager()
manager.discover_and_load()
plugins = {one["name"]: [one["enabled"], one["error"], one["tools"]] for one in manager.list_plugins() if one["source"] != "bundled"}
print("ANSWER" + json.dumps({
    "listed": sorted(one["name"] for one in json.loads(skills_list())["skills"]),
    "viewed": json.loads(skill_view("review")),
    "prompt": build_skills_system_prompt(),
    "sent": [str(one["container_path"]) for one in iter_skills_files("/x")],
    "soul": load_soul_md(),
    "context": build_context_files_prompt(),
    "plugins": plugins,
}))
"""

PLUGIN = '''
def register(ctx):
    ctx.register_tool(name="note_count", toolset="notes", handler=lambda args, **_: "7",
                      schema={"name": "note_count", "description": "How many notes.", "parameters": {"type": "object", "properties": {}}})
'''


def skill(name: str, text: str) -> Folder:
    return {
        "SKILL.md": DeclaredFile(f"---\nname: {name}\ndescription: {text}\n---\n# {name}\n{text}\n".encode()),
        "scripts/go.sh": DeclaredFile(b"#!/bin/sh\necho go\n", True),
    }


NOTES = {
    "plugin.yaml": DeclaredFile(b"name: notes\nversion: 1.0.0\ndescription: Counts notes.\n"),
    "__init__.py": DeclaredFile(PLUGIN.encode()),
}


class Home:
    """A home with what its user set, and the Hermes that reads it."""

    def __init__(self, root: Path) -> None:
        self.place = Surroundings(root / "home", root / "ws", root / "run", root / "etc", "127.0.0.5", "http://inside")
        self.hermes = self.place.hermes_home
        learned = self.hermes / "skills" / "learned-one"
        learned.mkdir(parents=True)
        (learned / "SKILL.md").write_text("---\nname: learned-one\ndescription: The agent's own.\n---\n# Learned\n")
        shared = root / "shared" / "theirs"
        shared.mkdir(parents=True)
        (shared / "SKILL.md").write_text("---\nname: theirs\ndescription: The user's.\n---\n# Theirs\n")
        (self.hermes / "config.yaml").write_text(
            f"# my own settings\nskills:\n  external_dirs:\n  - {root / 'shared'}  # where ours are\nagent:\n  max_turns: 7\n"
        )
        self.place.workspace.mkdir()

    def bring(self, files: DeclaredFiles) -> str:
        """By Hermes' Python, as the launcher is: its YAML library is there."""
        write_managed_scope(self.place.managed, {"plugins": {"enabled": list(files.plugins)}})
        done = subprocess.run(
            [f"{HERMES_BIN}/python", "-c", BRING], input=pickle.dumps((self.place, files)),
            capture_output=True, env={"PYTHONPATH": PACKAGES, "PATH": os.environ["PATH"]}, timeout=300,
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def ask(self) -> dict[str, Any]:
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.place.home), "HERMES_HOME": str(self.hermes),
            "HERMES_MANAGED_DIR": str(self.place.managed), "HERMES_DISABLE_LAZY_INSTALLS": "1",
        }
        done = subprocess.run(
            [f"{HERMES_BIN}/python", "-c", ASK], cwd=self.place.workspace, env=environment, capture_output=True, text=True, timeout=300,
        )
        assert "ANSWER" in done.stdout, done.stderr
        return json.loads(done.stdout.split("ANSWER", 1)[1])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_hermes_reads_documents_and_lists_declared_skills_beside_the_learned_and_the_users(home: Home) -> None:
    files = DeclaredFiles(
        {"SOUL.md": "You are Ada's heron.", "workspace/AGENTS.md": "Use tabs in Go."},
        {"review": skill("review", "Read it twice.")},
        {"notes": NOTES},
    )
    said = home.bring(files)
    assert "2 written" in said and "notes" not in said
    seen = home.ask()
    assert set(seen["listed"]) >= {"review", "learned-one", "theirs"}
    assert seen["viewed"]["success"] is True and "Read it twice." in seen["viewed"]["content"]
    assert "review" in seen["prompt"] and "learned-one" in seen["prompt"]
    assert any(path.endswith("review/scripts/go.sh") for path in seen["sent"])
    assert "Ada's heron" in seen["soul"] and "Use tabs in Go." in seen["context"]
    assert seen["plugins"]["notes"][:2] == [True, None]
    config = (home.hermes / "config.yaml").read_text()
    assert "# my own settings" in config and "# where ours are" in config and "max_turns: 7" in config


def test_what_is_no_longer_declared_is_gone_for_hermes_and_the_rest_stays(home: Home) -> None:
    before = (home.hermes / "config.yaml").read_text()
    home.bring(DeclaredFiles({"SOUL.md": "A heron."}, {"review": skill("review", "x")}, {"notes": NOTES}))
    home.bring(DeclaredFiles())
    seen = home.ask()
    assert set(seen["listed"]) >= {"learned-one", "theirs"} and "review" not in seen["listed"]
    assert seen["plugins"] == {} and "heron" not in (seen["soul"] or "")
    assert (home.hermes / "config.yaml").read_text() == before
