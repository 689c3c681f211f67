"""The cheap look."""

import os
import sqlite3
import time
from pathlib import Path

import pytest

from talaria_agent.snapshot.stillness import Look, look, recall, remember
from talaria_agent.snapshot.touch import Touch

LONG_AGO = 1_600_000_000
FACTS = {"fingerprint": "f"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    for path in ("a", ".hermes/config.yaml", ".hermes/logs/agent.log", "folder/b"):
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_text("x")
        os.utime(made / path, (LONG_AGO, LONG_AGO))
    return made


def until_now() -> Touch:
    return Touch(0, time.time_ns())


def seen(home: Path) -> Look:
    found = look(home)
    assert found is not None
    return found


def test_a_home_in_which_only_logs_grow_is_still(home: Path, tmp_path: Path) -> None:
    remember(tmp_path, seen(home), FACTS)
    with (home / ".hermes/logs/agent.log").open("a") as log:
        log.write("more")
    assert recall(tmp_path, seen(home), until_now(), "f") == FACTS
    assert recall(tmp_path, seen(home), until_now(), "another") is None


def test_a_file_that_was_changed_back_in_time_is_seen(home: Path, tmp_path: Path) -> None:
    remember(tmp_path, seen(home), FACTS)
    ours = until_now()
    time.sleep(0.05)  # longer than the clock by which files are stamped stands still
    (home / "a").write_text("y")
    os.utime(home / "a", (LONG_AGO, LONG_AGO))
    assert recall(tmp_path, seen(home), ours, "f") is None


@pytest.mark.parametrize("change", ["write", "mode", "name", "new", "gone", "link", "folder"])
def test_every_change_is_seen(home: Path, change: str) -> None:
    before = seen(home).sign
    match change:
        case "write":
            (home / "a").write_text("y")
        case "mode":
            (home / "a").chmod(0o600)
        case "name":
            (home / "a").rename(home / "c")
        case "new":
            (home / "c").write_text("x")
        case "gone":
            (home / "folder/b").unlink()
        case "link":
            (home / "c").symlink_to("a")
        case "folder":
            (home / "d").mkdir()
    assert seen(home).sign != before


def test_a_row_in_a_living_database_is_seen_and_a_reader_is_not(home: Path) -> None:
    connection = sqlite3.connect(home / "a.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=wal")
    connection.execute("CREATE TABLE t (a)")
    before = seen(home).sign
    reader = sqlite3.connect(home / "a.db")
    reader.execute("SELECT count(*) FROM t").fetchall()
    assert seen(home).sign == before
    connection.execute("INSERT INTO t VALUES (1)")
    assert seen(home).sign != before
    reader.close()
    connection.close()


def test_what_was_just_written_is_not_relied_on(home: Path, tmp_path: Path) -> None:
    remember(tmp_path, seen(home), FACTS)
    (home / "a").write_text("y")
    just = seen(home)
    assert just.settled is False
    remember(tmp_path, just, FACTS)
    assert recall(tmp_path, just, until_now(), "f") is None
