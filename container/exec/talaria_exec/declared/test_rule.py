"""Declared documents in a tree that belongs to an agent who edits, links and locks as it likes."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from talaria_exec.declared.ledger import PATH
from talaria_exec.declared.rule import Outcome, bring
from talaria_exec.declared.tree import Tree, is_inside

DAY = date(2026, 11, 22)
USER = 61_234
"""A user that nobody is."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


def brought(root: Path, documents: Mapping[str, str], *folders: str) -> dict[str, Outcome]:
    return {outcome.path: outcome for outcome in bring(Tree(root), documents, folders, DAY)}


def whats(root: Path, documents: Mapping[str, str]) -> dict[str, str]:
    return {path: outcome.what for path, outcome in brought(root, documents).items()}


def names(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and PATH not in str(path))


def test_writes_what_is_declared_with_its_folders_and_twice_is_the_same_as_once(root: Path) -> None:
    declared = {"SOUL.md": "Be kind.\n", "memories/USER.md": "Ada"}
    assert whats(root, declared) == {"SOUL.md": "written", "memories/USER.md": "written"}
    assert (root / "memories/USER.md").read_text() == "Ada"
    before = (root / PATH).stat().st_mtime_ns
    assert whats(root, declared) == {"SOUL.md": "asDeclared", "memories/USER.md": "asDeclared"}
    assert (root / PATH).stat().st_mtime_ns == before and names(root) == ["SOUL.md", "memories/USER.md"]


def test_the_agents_edit_stays_as_long_as_the_same_text_is_declared(root: Path) -> None:
    brought(root, {"SOUL.md": "Be kind."})
    (root / "SOUL.md").write_text("Be terse.")
    for _ in range(3):
        assert whats(root, {"SOUL.md": "Be kind."}) == {"SOUL.md": "edited"}
    assert (root / "SOUL.md").read_text() == "Be terse." and names(root) == ["SOUL.md"]


def test_another_text_is_written_over_a_file_that_nobody_touched(root: Path) -> None:
    brought(root, {"SOUL.md": "one"})
    assert whats(root, {"SOUL.md": "two"}) == {"SOUL.md": "written"}
    assert (root / "SOUL.md").read_text() == "two" and names(root) == ["SOUL.md"]


def test_another_text_is_written_and_an_edited_file_stays_beside_it_each_time(root: Path) -> None:
    for number in (1, 2, 3):
        brought(root, {"SOUL.md": f"declared {number}"})
        (root / "SOUL.md").write_text(f"edited {number}")
    outcome = brought(root, {"SOUL.md": "the last"})["SOUL.md"]
    assert (outcome.what, outcome.beside) == ("written", "SOUL.md.agent-2026-11-22-3")
    assert (root / "SOUL.md").read_text() == "the last"
    kept = [root / f"SOUL.md.agent-2026-11-22{end}" for end in ("", "-2", "-3")]
    assert [path.read_text() for path in kept] == ["edited 1", "edited 2", "edited 3"]


def test_a_file_that_was_there_before_it_was_declared_stays_beside(root: Path) -> None:
    (root / "SOUL.md").write_text("the user's own")
    assert brought(root, {"SOUL.md": "declared"})["SOUL.md"].beside == "SOUL.md.agent-2026-11-22"
    assert (root / "SOUL.md.agent-2026-11-22").read_text() == "the user's own"


def test_a_file_that_is_as_declared_already_is_taken_for_ours(root: Path) -> None:
    (root / "SOUL.md").write_text("same")
    assert whats(root, {"SOUL.md": "same"}) == {"SOUL.md": "asDeclared"}
    assert whats(root, {}) == {"SOUL.md": "removed"} and names(root) == []


def test_an_edit_back_to_an_older_declared_text_is_an_edit(root: Path) -> None:
    brought(root, {"SOUL.md": "one"})
    brought(root, {"SOUL.md": "two"})
    (root / "SOUL.md").write_text("one")
    assert whats(root, {"SOUL.md": "two"}) == {"SOUL.md": "edited"}


def test_a_document_that_was_deleted_is_written_again(root: Path) -> None:
    brought(root, {"SOUL.md": "one"})
    (root / "SOUL.md").unlink()
    assert whats(root, {"SOUL.md": "one"}) == {"SOUL.md": "written"}


def test_what_is_no_longer_declared_goes_unless_it_was_edited(root: Path) -> None:
    brought(root, {"a.md": "a", "b.md": "b", "c.md": "c"})
    (root / "b.md").write_text("mine now")
    (root / "c.md").unlink()
    assert whats(root, {}) == {"a.md": "removed", "b.md": "released", "c.md": "removed"}
    assert names(root) == ["b.md"] and (root / "b.md").read_text() == "mine now"
    assert whats(root, {}) == {}
    assert brought(root, {"b.md": "b"})["b.md"].beside == "b.md.agent-2026-11-22"


def test_a_link_in_a_documents_place_is_never_written_through(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("not the agent's")
    (root / "SOUL.md").symlink_to(outside)
    assert brought(root, {"SOUL.md": "declared"})["SOUL.md"].beside == "SOUL.md.agent-2026-11-22"
    assert outside.read_text() == "not the agent's" and not (root / "SOUL.md").is_symlink()
    assert os.readlink(root / "SOUL.md.agent-2026-11-22") == str(outside)
    (root / "SOUL.md").unlink()
    (root / "SOUL.md").symlink_to(outside)
    assert whats(root, {"SOUL.md": "declared"}) == {"SOUL.md": "edited"}
    assert whats(root, {}) == {"SOUL.md": "released"} and outside.read_text() == "not the agent's"


def test_a_link_in_the_place_of_a_folder_is_never_followed(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "etc"
    outside.mkdir()
    (root / "memories").symlink_to(outside)
    outcomes = brought(root, {"memories/USER.md": "Ada", "SOUL.md": "kind"})
    assert outcomes["memories/USER.md"].what == "blocked" and outcomes["SOUL.md"].what == "written"
    assert outcomes["memories/USER.md"].reason is not None and list(outside.iterdir()) == []


def test_a_tree_that_is_a_link_itself_is_blocked(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert whats(tmp_path / "link", {"SOUL.md": "x"})["SOUL.md"] == "blocked"
    assert names(root) == []


def test_a_folder_in_a_documents_place_stays_beside(root: Path) -> None:
    (root / "SOUL.md").mkdir()
    (root / "SOUL.md" / "note").write_text("mine")
    assert whats(root, {"SOUL.md": "declared"}) == {"SOUL.md": "written"}
    assert (root / "SOUL.md.agent-2026-11-22" / "note").read_text() == "mine"


def test_a_file_in_the_place_of_a_folder_blocks_that_document_alone(root: Path) -> None:
    (root / "memories").write_text("a file")
    assert whats(root, {"memories/USER.md": "x", "SOUL.md": "y"}) == {"memories/USER.md": "blocked", "SOUL.md": "written"}
    assert (root / "memories").read_text() == "a file"


def test_a_pipe_in_a_documents_place_holds_nobody_up(root: Path) -> None:
    os.mkfifo(root / "SOUL.md")
    assert whats(root, {"SOUL.md": "declared"}) == {"SOUL.md": "written"}
    assert (root / "SOUL.md").read_text() == "declared"


def test_a_second_name_of_a_file_elsewhere_is_not_written_through(root: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("another file")
    os.link(tmp_path / "other", root / "SOUL.md")
    brought(root, {"SOUL.md": "declared"})
    assert (tmp_path / "other").read_text() == "another file"


@pytest.fixture
def own_root() -> Iterator[Path]:
    """A tree of an ordinary user, who the test is while it uses it: no folder is closed to root."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        made = Path(folder, "home")
        made.mkdir()
        if os.getuid() != 0:
            yield made
            return
        os.chown(made, USER, USER)
        os.seteuid(USER)
        try:
            yield made
        finally:
            os.seteuid(0)


def test_a_folder_that_is_closed_blocks_its_documents_and_is_tried_again(own_root: Path) -> None:
    (own_root / "memories").mkdir(mode=0o500)
    assert whats(own_root, {"memories/USER.md": "x"}) == {"memories/USER.md": "blocked"}
    (own_root / "memories").chmod(0o700)
    assert whats(own_root, {"memories/USER.md": "x"}) == {"memories/USER.md": "written"}
    own_root.chmod(0o500)
    assert whats(own_root, {"SOUL.md": "x"})["SOUL.md"] == "blocked"
    own_root.chmod(0o700)


@pytest.mark.parametrize(
    "ledger",
    ["", "no json", "[]", '{"documents": {"../outside": {"sha256": "0", "bytes": 1}}}', '{"documents": 1}', '{"documents": {"a": 1}}'],
)
def test_a_ledger_that_the_agent_spoilt_costs_nothing_that_it_wrote(root: Path, tmp_path: Path, ledger: str) -> None:
    brought(root, {"SOUL.md": "one"})
    (root / PATH).write_text(ledger)
    (tmp_path / "outside").write_text("x")
    (root / "SOUL.md").write_text("edited")
    assert brought(root, {"SOUL.md": "two"})["SOUL.md"].beside == "SOUL.md.agent-2026-11-22"
    assert (root / "SOUL.md.agent-2026-11-22").read_text() == "edited" and (tmp_path / "outside").exists()


def test_a_ledger_that_is_a_link_is_neither_read_nor_written_through(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text('{"documents": {"mine.md": {"sha256": "0", "bytes": 1}}}')
    (root / ".talaria").mkdir()
    (root / PATH).symlink_to(outside)
    assert whats(root, {"SOUL.md": "one"}) == {"SOUL.md": "written"}
    assert "mine.md" in outside.read_text() and not (root / PATH).is_symlink()
    assert whats(root, {"SOUL.md": "one"}) == {"SOUL.md": "asDeclared"}


def test_a_declared_folder_is_made_and_a_link_in_its_place_is_told(root: Path) -> None:
    assert brought(root, {}, "project/app") == {} and (root / "project/app").is_dir()
    (root / "other").symlink_to("/tmp")
    assert brought(root, {}, "other/app")["other/app"].what == "blocked"


@pytest.mark.parametrize("path", ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", "a\0b", "x" * 256])
def test_a_path_that_leaves_the_tree_is_none(path: str) -> None:
    assert not is_inside(path)
