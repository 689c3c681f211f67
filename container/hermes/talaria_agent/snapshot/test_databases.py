"""Databases that live while they are staged."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from talaria_agent.problem import Problem
from talaria_agent.snapshot import databases
from talaria_agent.snapshot.databases import inspect, stage

SNAPSHOTS = int(os.environ.get("TALARIA_TEST_TORTURE", "6"))
"""How often the torture looks; `npm run torture` takes 300."""

WRITER = """
import sqlite3, sys, pathlib
folder = pathlib.Path(sys.argv[1])
mode = sys.argv[2]
connections = []
for number in range(3):
    connection = sqlite3.connect(folder / f"{number}.db", timeout=30)
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute("PRAGMA wal_autocheckpoint=50")
    connection.execute("CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, words TEXT)")
    connection.execute("CREATE INDEX IF NOT EXISTS i ON t (words)")
    connection.commit()
    connections.append(connection)
n = 0
while True:
    n += 1
    for connection in connections:
        connection.execute("INSERT INTO t VALUES (?, ?)", (n, f"{n * 7919 % 10007} words " * 40))
        connection.execute("DELETE FROM t WHERE n = ?", (n - 400,))
        connection.commit()
    print(n, flush=True)
"""


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("home", "into"):
        (tmp_path / name).mkdir()
    return tmp_path / "home", tmp_path / "into"


def database(path: Path, mode: str = "wal", rows: int = 5) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute("CREATE TABLE t (n INTEGER PRIMARY KEY, words TEXT)")
    for n in range(rows):
        connection.execute("INSERT INTO t VALUES (?, 'x')", (n,))
    return connection


class Writer:
    """A process that commits to three databases without pause and says each number after it is in all of them."""

    def __init__(self, folder: Path, mode: str) -> None:
        self.acknowledged = 0
        self._process = subprocess.Popen([sys.executable, "-c", WRITER, folder, mode], stdout=-1)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.acknowledged = int(line)

    def wait_for(self, number: int) -> None:
        deadline = time.monotonic() + 60
        while self.acknowledged < number and time.monotonic() < deadline:
            time.sleep(0.005)
        assert self.acknowledged >= number, "the writer does not get on"

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()


def newest(path: Path) -> int | None:
    """The last number in a database; None when it is malformed."""
    if not inspect(path, None).sound:
        return None
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as connection:
        return connection.execute("SELECT coalesce(max(n), 0) FROM t").fetchone()[0]


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_under_a_writer_without_pause_no_copy_is_malformed_and_none_lacks_an_acknowledged_row(
    folders: tuple[Path, Path], mode: str
) -> None:
    home, into = folders
    writer = Writer(home, mode)
    try:
        writer.wait_for(20)
        for _ in range(SNAPSHOTS):
            acknowledged = writer.acknowledged
            for number in range(3):
                staged = stage(home, f"{number}.db", into, None)
                assert staged is not None and staged.sound
                found = newest(into / f"{number}.db")
                assert found is not None and found >= acknowledged
            writer.wait_for(acknowledged + 5)
    finally:
        writer.stop()


def test_a_raw_copy_under_the_same_writer_is_malformed_or_lacks_rows(folders: tuple[Path, Path]) -> None:
    """The contrast: what the staging is for."""
    home, into = folders
    writer = Writer(home, "wal")
    broken = 0
    try:
        writer.wait_for(20)
        for _ in range(max(SNAPSHOTS, 10)):
            acknowledged = writer.acknowledged
            shutil.copy(home / "0.db", into / "0.db")
            found = newest(into / "0.db")
            broken += found is None or found < acknowledged
            writer.wait_for(acknowledged + 5)
    finally:
        writer.stop()
    assert broken > 0


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_a_transaction_under_way_is_not_in_the_copy_and_is_not_disturbed(folders: tuple[Path, Path], mode: str) -> None:
    home, into = folders
    living = database(home / "a.db", mode)
    living.execute("BEGIN IMMEDIATE")
    living.execute("INSERT INTO t VALUES (100, 'half')")
    staged = stage(home, "a.db", into, None)
    assert staged is not None and staged.sound and staged.tables == {"t": 5}
    living.execute("COMMIT")
    living.close()
    assert newest(home / "a.db") == 100


def test_a_database_that_a_writer_keeps_locked_is_told_in_time(folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "STAGE_SECONDS", 0.3)
    home, into = folders
    living = database(home / "a.db", "delete")
    living.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Problem) as busy:
        stage(home, "a.db", into, None)
    assert busy.value.code == "database_busy"
    living.execute("ROLLBACK")
    living.close()
    assert stage(home, "a.db", into, None) is not None


def test_what_a_killed_writer_left_is_rolled_back_in_the_copy(folders: tuple[Path, Path]) -> None:
    home, into = folders
    database(home / "a.db", "delete").close()
    spill = (
        "import sqlite3, sys, os\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\nc.execute('PRAGMA cache_size=1')\n"
        "c.execute('BEGIN')\nfor n in range(10, 3000): c.execute('INSERT INTO t VALUES (?, ?)', (n, 'y' * 500))\nos.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", spill, home / "a.db"])
    assert (home / "a.db-journal").exists()
    staged = stage(home, "a.db", into, None)
    assert staged is not None and staged.sound and staged.tables == {"t": 5}


def test_the_same_content_makes_the_same_copy(folders: tuple[Path, Path]) -> None:
    home, into = folders
    living = database(home / "a.db")
    stage(home, "a.db", into, None)
    first = (into / "a.db").read_bytes()
    living.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    stage(home, "a.db", into, None)
    assert (into / "a.db").read_bytes() == first
    living.execute("INSERT INTO t VALUES (9, 'z')")
    stage(home, "a.db", into, None)
    assert (into / "a.db").read_bytes() != first
    living.close()


def test_a_broken_database_is_kept_as_it_is_and_named(folders: tuple[Path, Path]) -> None:
    home, into = folders
    living = database(home / "a.db", "delete", rows=2000)
    living.close()
    data = bytearray((home / "a.db").read_bytes())
    data[5000:9000] = b"\xff" * 4000
    (home / "a.db").write_bytes(data)
    (home / "b.db").write_bytes(b"SQLite format 3\0 and nothing that SQLite knows")
    broken, nonsense = stage(home, "a.db", into, None), stage(home, "b.db", into, None)
    assert broken is not None and not broken.sound and nonsense is not None and not nonsense.sound
    assert (into / "b.db").read_bytes() == (home / "b.db").read_bytes()


def test_a_database_that_is_gone_is_none(folders: tuple[Path, Path]) -> None:
    home, into = folders
    assert stage(home, "a.db", into, None) is None and not (into / "a.db").exists()


def test_a_link_in_the_place_of_a_database_is_not_opened(folders: tuple[Path, Path], tmp_path: Path) -> None:
    home, into = folders
    database(tmp_path / "outside.db").close()
    (home / "a.db").symlink_to(tmp_path / "outside.db")
    assert stage(home, "a.db", into, None) is None
