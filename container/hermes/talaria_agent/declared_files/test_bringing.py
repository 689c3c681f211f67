"""Declared files through the launcher, as a gateway's start brings them."""

import json
import os
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from talaria_agent.configure.declaration import parse_declaration
from talaria_agent.configure.effective import effective
from talaria_agent.configure.test_declaration import GOOD, inside_host
from talaria_agent.declared_files.bringing import bring_files, place_files
from talaria_agent.declared_files.declaration import DeclaredFile, DeclaredFiles
from talaria_agent.declared_files.folders import place_folders
from talaria_agent.declared_files.plugins import link_plugins
from talaria_agent.declared_files.skills import name_skills_folder, users_own
from talaria_agent.gateway.test_launch import Container
from talaria_agent.problem import Problem
from talaria_agent.surroundings import Surroundings
from talaria_agent.user.identity import Identity, acting_as

DAY = date(2026, 11, 22)
SKILL = {"SKILL.md": DeclaredFile(b"---\nname: review\n---\n"), "scripts/go.sh": DeclaredFile(b"#!/bin/sh\n", True)}
NOBODY = Identity("nobody", 65534, 65534)


@pytest.fixture
def place(tmp_path: Path) -> Surroundings:
    made = Surroundings(tmp_path / "home", tmp_path / "ws", tmp_path / "run", tmp_path / "etc", "127.0.0.5", "http://inside")
    for folder in (made.hermes_home, made.workspace, made.managed):
        folder.mkdir(parents=True)
    (made.hermes_home / "config.yaml").write_text('{"agent": {"max_turns": 3}}')
    return made


def start(place: Surroundings, files: DeclaredFiles) -> str:
    place_files(place, files)
    brought = bring_files(place, files)
    brought.record(place.managed, files)
    return str(brought)


def told(place: Surroundings) -> dict[str, Any]:
    return {row["path"]: row for row in effective(place, {})["documents"]}


def test_the_launcher_brings_documents_and_starts_where_the_agent_works(tmp_path: Path) -> None:
    asked = {
        **GOOD,
        "documents": {"SOUL.md": "Be kind.", "workspace/app/AGENTS.md": "Use tabs."},
        "skills": {"review": {"files": {"SKILL.md": {"text": "x"}, "a.png": {"base64": "iVBORwA="}}}},
        "workingDirectory": "app",
    }
    with inside_host((200, json.dumps(asked))) as (url, _):
        container = Container(tmp_path, url)
        container.state("first-boot", "--boot-id", "b")
        gateway = container.start("talaria-gateway", STAY="30")
        seen = container.wait_for_hermes()
        gateway.kill()
        gateway.communicate()
        documents = container.state("config")["documents"]
    assert seen["cwd"] == str(tmp_path / "ws" / "app")
    assert (container.home / "SOUL.md").read_text() == "Be kind." and (tmp_path / "ws/app/AGENTS.md").read_text() == "Use tabs."
    assert stat.S_IMODE((container.home / "SOUL.md").stat().st_mode) == 0o600
    assert (tmp_path / "etc/skills/review/a.png").read_bytes() == b"\x89PNG\x00"
    assert json.loads((tmp_path / "etc/config.yaml").read_text())["terminal"]["cwd"] == str(tmp_path / "ws/app")
    assert [(row["path"], row["is"], row["declared"] == row["box"]) for row in documents] == [
        ("SOUL.md", "file", True), ("workspace/app/AGENTS.md", "file", True),
    ]


def test_a_working_directory_that_the_agent_spoilt_keeps_no_gateway_from_starting(tmp_path: Path) -> None:
    with inside_host((200, json.dumps({**GOOD, "workingDirectory": "app"}))) as (url, _):
        container = Container(tmp_path, url)
        container.state("first-boot", "--boot-id", "b")
        (tmp_path / "ws").mkdir()
        (tmp_path / "ws" / "app").write_text("a file")
        gateway = container.start("talaria-gateway", STAY="30")
        seen = container.wait_for_hermes()
        gateway.kill()
        out, _ = gateway.communicate()
    assert seen["cwd"] == str(tmp_path / "ws") and b"app: not a directory" in out


def test_how_each_document_stands_is_told_by_sums(place: Surroundings) -> None:
    files = DeclaredFiles({"SOUL.md": "kind", "gone.md": "x", "link.md": "x", "big.md": "x", "memories/USER.md": "x"})
    (place.hermes_home / "memories").write_text("no folder")
    assert "memories/USER.md: not a directory" in start(place, files)
    (place.hermes_home / "SOUL.md").write_text("terse")
    (place.hermes_home / "gone.md").unlink()
    (place.hermes_home / "link.md").unlink()
    (place.hermes_home / "link.md").symlink_to("/etc/passwd")
    (place.hermes_home / "big.md").write_text("x" * 2_000_000)
    rows = told(place)
    assert {path: (row["is"], row["box"] is None) for path, row in rows.items()} == {
        "SOUL.md": ("file", False), "gone.md": ("nothing", True), "link.md": ("link", True),
        "big.md": ("file", True), "memories/USER.md": ("unreadable", True),
    }
    assert rows["SOUL.md"]["at"].startswith("20") and rows["gone.md"]["at"] is None
    assert rows["memories/USER.md"]["reason"] == "not a directory" and rows["SOUL.md"]["declared"] != rows["SOUL.md"]["box"]


def test_documents_of_home_and_workspace_have_a_ledger_each(place: Surroundings) -> None:
    assert "2 written" in start(place, DeclaredFiles({"SOUL.md": "a", "workspace/AGENTS.md": "b"}))
    assert "2 asDeclared" in start(place, DeclaredFiles({"SOUL.md": "a", "workspace/AGENTS.md": "b"}))
    (place.hermes_home / "SOUL.md").write_text("edited")
    said = start(place, DeclaredFiles({}))
    assert "1 released" in said and "1 removed" in said and told(place) == {}
    assert (place.hermes_home / "SOUL.md").read_text() == "edited" and not (place.workspace / "AGENTS.md").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root acts as somebody else")
def test_root_writes_nothing_that_the_agent_could_not(place: Surroundings, tmp_path: Path) -> None:
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o755)
    (victim / "USER.md").write_text("root's")
    os.chown(place.hermes_home, NOBODY.uid, NOBODY.gid)
    os.chown(place.home, NOBODY.uid, NOBODY.gid)
    (place.hermes_home / "memories").symlink_to(victim)
    (place.hermes_home / "plugins").symlink_to(victim)
    plugin = {"plugin.yaml": DeclaredFile(b"name: notes\n")}
    files = DeclaredFiles({"memories/USER.md": "x", "SOUL.md": "kind"}, plugins={"notes": plugin})
    place_files(place, files)
    with acting_as(NOBODY):
        said = str(bring_files(place, files))
    assert "memories/USER.md: " in said and "plugins/notes: " in said
    assert (victim / "USER.md").read_text() == "root's" and sorted(os.listdir(victim)) == ["USER.md"]
    soul = place.hermes_home / "SOUL.md"
    assert soul.stat().st_uid == NOBODY.uid and stat.S_IMODE(soul.stat().st_mode) == 0o600


def test_skills_lie_read_only_outside_the_home_and_nothing_else_is_left_there(tmp_path: Path) -> None:
    target = tmp_path / "etc" / "skills"
    target.parent.mkdir()
    place_folders(target, {"review": SKILL, "old": SKILL})
    place_folders(target, {"review": SKILL})
    assert sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()) == ["review/SKILL.md", "review/scripts/go.sh"]
    assert stat.S_IMODE((target / "review/scripts/go.sh").stat().st_mode) == 0o755
    assert stat.S_IMODE((target / "review/SKILL.md").stat().st_mode) == 0o644
    place_folders(target, {})
    assert sorted(os.listdir(target.parent)) == []


def test_the_skills_folder_is_named_first_in_the_users_own_list_and_taken_out_again(place: Surroundings) -> None:
    path, folder = place.hermes_home / "config.yaml", place.managed / "skills"
    path.write_text('{"agent": {"max_turns": 3}, "skills": {"external_dirs": ["/mine"], "disabled": ["x"]}}')
    assert name_skills_folder(place.hermes_home, folder, declared=True) is None
    after = path.stat().st_mtime_ns
    assert name_skills_folder(place.hermes_home, folder, declared=True) is None and path.stat().st_mtime_ns == after
    assert json.loads(path.read_text())["skills"] == {"external_dirs": [str(folder), "/mine"], "disabled": ["x"]}
    assert name_skills_folder(place.hermes_home, folder, declared=False) is None
    assert json.loads(path.read_text()) == {"agent": {"max_turns": 3}, "skills": {"external_dirs": ["/mine"], "disabled": ["x"]}}


def test_the_skills_folder_counts_as_nobodys_word_in_the_users_config(place: Surroundings) -> None:
    start(place, DeclaredFiles(skills={"review": SKILL}))
    assert effective(place, {})["user"] == {"agent.max_turns": 3}
    folder = place.managed / "skills"
    both = {"skills": {"external_dirs": [str(folder), "/mine"], "disabled": ["x"]}}
    assert users_own(both, folder) == {"skills": {"external_dirs": ["/mine"], "disabled": ["x"]}}
    assert users_own({"skills": 5}, folder) == {"skills": 5}


def test_a_config_that_names_nothing_is_as_before_once_no_skill_is_declared(place: Surroundings) -> None:
    path = place.hermes_home / "config.yaml"
    name_skills_folder(place.hermes_home, place.managed / "skills", declared=True)
    name_skills_folder(place.hermes_home, place.managed / "skills", declared=False)
    assert json.loads(path.read_text()) == {"agent": {"max_turns": 3}}


@pytest.mark.parametrize("text", ["[1]", "{", '{"skills": 5}'])
def test_a_config_that_has_no_place_for_the_folder_stays_as_it_is_and_is_told(place: Surroundings, text: str) -> None:
    path = place.hermes_home / "config.yaml"
    path.write_text(text)
    said = start(place, DeclaredFiles(skills={"review": SKILL}))
    assert "skills: config.yaml" in said and path.read_text() == text


def test_a_config_that_is_a_link_is_not_written_through(place: Surroundings, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("{}")
    (place.hermes_home / "config.yaml").unlink()
    (place.hermes_home / "config.yaml").symlink_to(tmp_path / "other")
    assert name_skills_folder(place.hermes_home, place.managed / "skills", declared=True) == "config.yaml is no plain file"
    assert (tmp_path / "other").read_text() == "{}"


def test_a_plugin_is_a_link_out_of_the_home_and_goes_when_it_is_no_longer_declared(place: Surroundings) -> None:
    home, placed = place.hermes_home, place.managed / "plugins"
    assert link_plugins(home, placed, ["notes"], DAY) == [] and link_plugins(home, placed, ["notes"], DAY) == []
    assert os.readlink(home / "plugins/notes") == str(placed / "notes")
    (home / "plugins/mine").mkdir()
    (home / "plugins/elsewhere").symlink_to("/opt/elsewhere")
    link_plugins(home, placed, [], DAY)
    assert sorted(os.listdir(home / "plugins")) == ["elsewhere", "mine"]


def test_a_plugin_of_the_agents_with_a_declared_name_is_kept_where_nothing_loads_it(place: Surroundings) -> None:
    home = place.hermes_home
    for _ in range(2):
        (home / "plugins/notes").mkdir(parents=True)
        (home / "plugins/notes/plugin.yaml").write_text("the agent's")
        link_plugins(home, place.managed / "plugins", ["notes"], DAY)
        (home / "plugins/notes").unlink()
    assert sorted(os.listdir(home / "plugins-kept")) == ["notes.agent-2026-11-22", "notes.agent-2026-11-22-2"]
    (home / "plugins/notes").symlink_to("/tmp")
    link_plugins(home, place.managed / "plugins", ["notes"], DAY)
    assert os.readlink(home / "plugins/notes") == str(place.managed / "plugins/notes")


@pytest.fixture
def whole() -> Iterator[dict[str, Any]]:
    yield {**GOOD, "plugins": {"honcho": True}}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("documents", {"../up": "x"}),
        ("documents", {"a": 5}),
        ("documents", {".talaria/documents.json": "x"}),
        ("documents", {"workspace/.talaria/documents.json": "x"}),
        ("documents", []),
        ("workingDirectory", "/etc"),
        ("skills", {"../x": {"files": {}}}),
        ("skills", {"x": {"files": {"../../etc/passwd": {"text": ""}}}}),
        ("skills", {"x": {"files": {"a": {"base64": "%"}}}}),
        ("skills", {"x": True}),
        ("plugins", {"x": 5}),
    ],
)
def test_a_declaration_that_would_write_elsewhere_is_refused(whole: dict[str, Any], key: str, value: object) -> None:
    assert parse_declaration(whole).files.plugins == {"honcho": None}
    with pytest.raises(Problem, match=key):
        parse_declaration({**whole, key: value})
