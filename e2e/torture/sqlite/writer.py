"""Commits to three databases without pause until it is killed: WAL, DELETE and TRUNCATE journals.

Each commit puts its number into slot `number % SLOTS`, so the databases stay small while their pages change all the time. What was
committed is written to `<journal>` as `<database> <number>`, after the commit returned.

    writer.py HOME JOURNAL            write
    writer.py --look HOME             print {database: {"last": N, "wrong": text | null}} of a home that nobody writes
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
import threading
from contextlib import closing
from pathlib import Path

DATABASES = (("state.db", "WAL"), ("kanban.db", "DELETE"), ("projects.db", "TRUNCATE"))
SLOTS = 3000


def text_of(number: int) -> str:
    """What a slot says that holds `number`."""
    return hashlib.sha512(str(number).encode()).hexdigest() * 3


def write(path: Path, mode: str, journal: Path) -> None:
    """Commit for ever."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as database, journal.open("a", buffering=1) as told:
        database.execute(f"PRAGMA journal_mode={mode}")
        database.execute("PRAGMA synchronous=OFF")
        database.execute("CREATE TABLE IF NOT EXISTS said (slot INTEGER PRIMARY KEY, number INTEGER, text TEXT)")
        database.execute("CREATE INDEX IF NOT EXISTS by_text ON said (text)")
        number = 0
        while True:
            number += 1
            try:
                database.execute("INSERT OR REPLACE INTO said VALUES (?, ?, ?)", (number % SLOTS, number, text_of(number)))
            except sqlite3.OperationalError:  # a copy is being made
                number -= 1
                continue
            told.write(f"{path.name} {number}\n")


def look(path: Path) -> dict[str, object]:
    """Whether a database is whole: sound, no number between the first and the last is missing, and each says what it should."""
    try:
        with closing(sqlite3.connect(path)) as database:
            check = database.execute("PRAGMA quick_check").fetchone()[0]
            if check != "ok":
                return {"last": 0, "wrong": check}
            rows = database.execute("SELECT number, text FROM said ORDER BY number").fetchall()
            if database.execute("SELECT count(*) FROM said INDEXED BY by_text WHERE text > ''").fetchone()[0] != len(rows):
                return {"last": 0, "wrong": "the index has another number of rows"}
    except sqlite3.Error as error:
        return {"last": 0, "wrong": str(error)}
    last = rows[-1][0] if rows else 0
    if [number for number, _ in rows] != list(range(max(1, last - SLOTS + 1), last + 1)):
        return {"last": last, "wrong": "numbers are missing"}
    spoiled = [number for number, text in rows if text != text_of(number)]
    return {"last": last, "wrong": f"{len(spoiled)} rows are spoiled" if spoiled else None}


if sys.argv[1] == "--look":
    print(json.dumps({name: look(Path(sys.argv[2]) / name) for name, _ in DATABASES}))
else:
    home, told_in = Path(sys.argv[1]), Path(sys.argv[2])
    threads = [threading.Thread(target=write, args=(home / name, mode, told_in / name), daemon=True) for name, mode in DATABASES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
