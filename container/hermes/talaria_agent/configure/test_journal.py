import sqlite3

import pytest

from talaria_agent.configure.journal import has_wal_reset_bug, journal_mode, leave_wal

DEBIAN_13 = (3, 46, 1)


@pytest.mark.parametrize("version", [(3, 46, 1), (3, 51, 2), (3, 50, 6), (3, 44, 5), (3, 45, 9)])
def test_knows_the_versions_with_the_bug(version):
    assert has_wal_reset_bug(version) and journal_mode(version) == "delete"


@pytest.mark.parametrize("version", [(3, 51, 3), (3, 53, 0), (3, 50, 7), (3, 44, 6)])
def test_knows_the_versions_without_it(version):
    assert not has_wal_reset_bug(version) and journal_mode(version) == "wal"


def database(path, mode):
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA journal_mode={mode}")
    connection.execute("CREATE TABLE t (a)")
    connection.execute("INSERT INTO t VALUES (1)")
    connection.commit()
    connection.close()


def mode_of(path):
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("SELECT a FROM t").fetchall() == [(1,)]
        return connection.execute("PRAGMA journal_mode").fetchone()[0]
    finally:
        connection.close()


def test_takes_a_restored_database_out_of_wal_with_its_rows(tmp_path):
    database(tmp_path / "state.db", "wal")
    database(tmp_path / "kanban" / "board.db", "wal")
    database(tmp_path / "other.db", "delete")
    (tmp_path / "broken.db").write_bytes(b"SQLite format 3\0\x00\x00\x02\x02 and nothing more")
    assert sorted(leave_wal(tmp_path, DEBIAN_13)) == ["kanban/board.db", "state.db"]
    assert mode_of(tmp_path / "state.db") == "delete"


def test_changes_nothing_with_a_sound_sqlite(tmp_path):
    database(tmp_path / "state.db", "wal")
    assert leave_wal(tmp_path, (3, 51, 3)) == []
    assert mode_of(tmp_path / "state.db") == "wal"
