"""A container's worth of folders for the tests of snapshots, with a real restic over a folder. Holds no test itself."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BIN = Path(__file__).resolve().parents[2] / "bin"
RESTIC = os.environ.get("TALARIA_TEST_RESTIC") or shutil.which("restic")

needs_restic = pytest.mark.skipif(not RESTIC, reason="no restic: neither TALARIA_TEST_RESTIC nor PATH names one")
PATIENCE = 120.0
NOWHERE = "0" * 64


class Place:
    """A container's folders, its programs, and a repository in a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home" / "hermes"
        self.hermes = self.home / ".hermes"
        self.repository = root / "repository"
        self.run_folder = root / "run"
        self.runs = 0
        self.environment = {
            "PATH": f"{Path(RESTIC or '').parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "TALARIA_HOME": str(self.home),
            "TALARIA_WORKSPACE": str(root / "ws"),
            "TALARIA_RUN": str(self.run_folder),
            "TALARIA_BIND": "127.0.0.9",
            "TALARIA_URL": "http://127.0.0.1:9",
            "TALARIA_REPOSITORY": str(self.repository),
            "RESTIC_PASSWORD": "a password",
        }
        self.hermes.mkdir(parents=True)

    def fresh(self) -> Place:
        """The next container: nothing is left of the home, of the record and of the runs; the repository stays."""
        for folder in (self.root / "home", self.run_folder):
            shutil.rmtree(folder, ignore_errors=True)
        return self

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, BIN / "talaria-state", *arguments]
        return subprocess.Popen(command, env={**self.environment, **environment}, stdin=subprocess.DEVNULL, stdout=-1, stderr=-1)

    def state(self, *arguments: str, **environment: str) -> tuple[int, dict[str, Any]]:
        process = self.start(*arguments, **environment)
        out, err = process.communicate(timeout=PATIENCE)
        return process.returncode, json.loads(out or err.splitlines()[-1])

    def first_boot(self) -> Place:
        assert self.state("first-boot", "--boot-id", "b")[0] == 0
        return self

    def run(self, verb: str, *arguments: str, **environment: str) -> dict[str, Any]:
        self.runs += 1
        return self.state(verb, "--run", f"r{self.runs}", *arguments, **environment)[1]

    def snapshot(self, *arguments: str, **environment: str) -> dict[str, Any]:
        return self.run("snapshot", "--reason", "due", *arguments, **environment)

    def made(self, *arguments: str) -> dict[str, Any]:
        result = self.snapshot(*arguments)
        assert result["outcome"] == "made", result
        return result

    def restore(self, snapshot: str, **environment: str) -> dict[str, Any]:
        return self.run("restore", "--snapshot", snapshot, "--boot-id", "b2", **environment)

    def marker(self) -> dict[str, Any] | None:
        return self.state("show")[1]["marker"]

    def write(self, path: str, text: str = "x") -> Path:
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def database(self, path: str = ".hermes/state.db", rows: int = 3, mode: str = "wal") -> Path:
        file = self.home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(file)
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute("CREATE TABLE IF NOT EXISTS t (a TEXT)")
        connection.executemany("INSERT INTO t VALUES (?)", [(str(row) * 50,) for row in range(rows)])
        connection.commit()
        connection.close()
        return file

    def restic(self, *arguments: str) -> str:
        """restic by hand."""
        environment = {**self.environment, "RESTIC_CACHE_DIR": str(self.root / "cache")}
        command = [RESTIC or "restic", "-r", str(self.repository), *arguments]
        return subprocess.run(command, env=environment, check=True, stdout=-1, text=True).stdout

    def files(self, result: dict[str, Any]) -> set[str]:
        """Paths in a snapshot, relative to the home."""
        lines = self.restic("ls", result["snapshot"], "/", "--recursive").splitlines()
        return {line.removeprefix("/home/") for line in lines if line.startswith("/home/")}


@pytest.fixture(scope="session")
def empty_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made once: restic takes its time to make a key."""
    place = Place(tmp_path_factory.mktemp("repository"))
    place.restic("init")
    return place.repository


@pytest.fixture
def place(tmp_path: Path, empty_repository: Path) -> Place:
    """A container whose repository is there already."""
    made = Place(tmp_path)
    shutil.copytree(empty_repository, made.repository)
    return made


@pytest.fixture
def bare_place(tmp_path: Path) -> Place:
    """A container whose bucket is empty."""
    return Place(tmp_path)


def rows(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT count(*) FROM t").fetchone()[0]
    finally:
        connection.close()
