"""The home of the stand-in: three databases and files, in which each entry says which life wrote it and as the how manieth.

A life writes 1, 2, 3, …: what is whole has no gap. Rows and lines hold a text that follows from both, so a wrong page shows.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

DATABASES = (("state.db", "WAL"), ("kanban.db", "DELETE"), ("profiles/work/memory_store.db", "TRUNCATE"))
"""Names that Hermes uses, in three journal modes."""
SKILLS = 8

Say = Callable[[dict[str, object]], None]


def text_of(life: str, number: int) -> str:
    """What entry `number` of a life says."""
    return hashlib.sha256(f"{life} {number}".encode()).hexdigest()


class Home:
    """HERMES_HOME as the stand-in uses it."""

    def __init__(self, place: Path, life: str, ballast_kb: int) -> None:
        self._place = place
        self._life = life
        self._ballast_kb = ballast_kb
        self._writing = [threading.Lock() for _ in range(len(DATABASES) + 1)]

    def found(self) -> dict[str, object]:
        """Per place and life how many entries there are, and everything that is wrong."""
        wrong: list[str] = []
        entries = {name: self._rows(name, wrong) for name, _ in DATABASES}
        entries["MEMORY.md"] = self._lines(wrong)
        ballast = sorted((self._place / "ballast").glob("*")) if (self._place / "ballast").is_dir() else []
        for file in ballast:
            if hashlib.sha256(file.read_bytes()).hexdigest()[:16] != file.name:
                wrong.append(f"{file.name} is spoiled")
        skills = {path.parent.name: path.read_text() for path in sorted((self._place / "skills").glob("*/SKILL.md"))}
        for name, content in skills.items():
            life, number, said = content.split()
            if said != text_of(life, int(number)):
                wrong.append(f"skill {name} is spoiled")
        return {"entries": entries, "ballast": len(ballast), "skills": len(skills), "wrong": wrong[:10]}

    def make(self) -> None:
        """What a first start makes; later ones find it."""
        ballast = self._place / "ballast"
        ballast.mkdir(exist_ok=True)
        if not any(ballast.iterdir()):
            for number in range(max(1, self._ballast_kb // 64)):
                data = b"".join(hashlib.sha256(f"{self._life} {number} {i}".encode()).digest() for i in range(2048))
                (ballast / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
        for name, mode in DATABASES:
            with closing(self._open(name)) as database:
                database.execute(f"PRAGMA journal_mode={mode}")
                database.execute("CREATE TABLE IF NOT EXISTS said (life TEXT, number INTEGER, text TEXT, PRIMARY KEY (life, number))")

    def write_rows(self, which: int, pause: float, say: Say, ending: threading.Event) -> None:
        """Commit rows until the end; each is told after its commit."""
        name = DATABASES[which][0]
        with closing(self._open(name)) as database:
            number = 0
            while not ending.is_set():
                number += 1
                with self._writing[which]:
                    try:
                        database.execute("INSERT INTO said VALUES (?, ?, ?)", (self._life, number, text_of(self._life, number)))
                    except sqlite3.OperationalError:  # the disk is full, or a copy is being made
                        number -= 1
                        time.sleep(0.05)
                        continue
                    say({"in": name, "number": number, "at": time.time() * 1000})
                if pause:
                    time.sleep(pause)

    def write_files(self, pause: float, say: Say, ending: threading.Event) -> None:
        """Append to the memory, replace skills, and make files that vanish."""
        memory = self._place / "memories" / "MEMORY.md"
        memory.parent.mkdir(parents=True, exist_ok=True)
        number = 0
        while not ending.is_set():
            with self._writing[-1]:
                if self._append(memory, f"{self._life} {number + 1} {text_of(self._life, number + 1)}\n"):
                    number += 1
                    say({"in": "MEMORY.md", "number": number, "at": time.time() * 1000})
            try:
                skill = self._place / "skills" / f"s{number % SKILLS}" / "SKILL.md"
                skill.parent.mkdir(parents=True, exist_ok=True)
                fresh = skill.with_name(".fresh")
                fresh.write_text(f"{self._life} {number} {text_of(self._life, number)}")
                os.replace(fresh, skill)
                passing = self._place / f"passing-{number % 3}"
                passing.unlink() if passing.exists() else passing.write_text("soon gone")
            except OSError:  # the disk is full
                time.sleep(0.05)
            time.sleep(max(pause, 0.005))

    def stop(self) -> None:
        """No write is half done after this."""
        for lock in self._writing:
            lock.acquire(timeout=5)

    @staticmethod
    def _append(path: Path, line: str) -> bool:
        """A whole line or nothing."""
        data = line.encode()
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError:
            return False
        try:
            before = os.fstat(descriptor).st_size
            try:
                whole = os.write(descriptor, data) == len(data)
            except OSError:
                whole = False
            if not whole:
                os.ftruncate(descriptor, before)
            return whole
        finally:
            os.close(descriptor)

    def _open(self, name: str) -> sqlite3.Connection:
        path = self._place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return sqlite3.connect(path, isolation_level=None, timeout=10)

    def _rows(self, name: str, wrong: list[str]) -> dict[str, int]:
        if not (self._place / name).exists():
            return {}
        found = {}
        try:
            with closing(self._open(name)) as database:
                check = database.execute("PRAGMA quick_check").fetchone()[0]
                if check != "ok":
                    wrong.append(f"{name}: {check}")
                if not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'said'").fetchone():
                    return {}
                for life, count, last in database.execute("SELECT life, count(*), max(number) FROM said GROUP BY life"):
                    found[life] = last
                    if count != last:
                        wrong.append(f"{name}: {count} of {last} rows of {life}")
                for life, number, text in database.execute("SELECT life, number, text FROM said ORDER BY rowid DESC LIMIT 500"):
                    if text != text_of(life, number):
                        wrong.append(f"{name}: row {number} of {life} is spoiled")
        except sqlite3.DatabaseError as error:
            wrong.append(f"{name}: {error}")
        return found

    def _lines(self, wrong: list[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        path = self._place / "memories" / "MEMORY.md"
        for line in path.read_text().splitlines() if path.exists() else []:
            parts = line.split()
            if len(parts) != 3 or parts[2] != text_of(parts[0], int(parts[1])) or int(parts[1]) != found.get(parts[0], 0) + 1:
                wrong.append(f"MEMORY.md: {line[:60]!r} after {found.get(parts[0] if parts else '', 0)}")
                break
            found[parts[0]] = int(parts[1])
        return found
