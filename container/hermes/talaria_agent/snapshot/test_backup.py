"""The verb `snapshot` as a process, with a real restic over a folder."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from talaria_agent.problem import NOT_RESTORED, RUN_UNDER_WAY

BIN = Path(__file__).resolve().parents[2] / "bin"
RESTIC = os.environ.get("TALARIA_TEST_RESTIC") or shutil.which("restic")

needs_restic = pytest.mark.skipif(not RESTIC, reason="no restic: neither TALARIA_TEST_RESTIC nor PATH names one")
pytestmark = needs_restic

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

    def fresh(self) -> "Place":
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

    def first_boot(self) -> "Place":
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


def test_refuses_a_home_that_was_never_restored_or_declared_a_first_boot(place: Place) -> None:
    place.write(".hermes/SOUL.md")
    code, result = place.state("snapshot", "--run", "a", "--reason", "due")
    assert (code, result["outcome"], result["problem"]["code"]) == (NOT_RESTORED, "refused", "not_restored")
    assert place.restic("snapshots", "--json").strip() == "[]"


def test_a_home_comes_back_byte_for_byte_in_the_next_container(place: Place) -> None:
    place.first_boot()
    place.write(".hermes/memories/MEMORY.md", "the user is called Gus")
    place.write(".hermes/skills/a/SKILL.md").chmod(0o640)
    (place.hermes / "link").symlink_to("memories/MEMORY.md")
    (place.hermes / "empty").mkdir(mode=0o700)
    os.mkdir(os.fsencode(place.home) + b"/caf\xe9")
    Path(os.fsdecode(os.fsencode(place.home) + b"/caf\xe9/\xff")).write_bytes(b"\0\xff")
    place.database()
    made = place.made()
    assert made["tree"]["databases"] == 1 and made["restic"]["total_files_processed"] == made["tree"]["files"] + 1
    restored = place.fresh().restore(made["snapshot"])
    assert restored["outcome"] == "restored" and restored["tree"] == made["tree"]
    assert (place.hermes / "link").read_text() == "the user is called Gus"
    assert (place.hermes / "skills/a/SKILL.md").stat().st_mode & 0o777 == 0o640
    assert (place.hermes / "empty").stat().st_mode & 0o777 == 0o700
    assert Path(os.fsdecode(os.fsencode(place.home) + b"/caf\xe9/\xff")).read_bytes() == b"\0\xff"
    assert rows(place.hermes / "state.db") == 3
    assert (place.marker() or {})["phase"] == "restored"
    assert place.snapshot("--fingerprint", made["fingerprint"])["outcome"] == "unchanged"


def test_an_unchanged_home_asks_the_repository_nothing(place: Place) -> None:
    place.first_boot().database()
    place.write(".hermes/channel_directory.json", '{"updated_at": "now", "platforms": {}}')
    place.write(".hermes/state/gateway.lifecycle.json", "{}")
    made = place.made()
    place.write(".hermes/channel_directory.json", '{"updated_at": "then", "platforms": {}}')
    place.write(".hermes/logs/agent.log", "a line")
    place.write(".hermes/state/gateway.heartbeat", "tick")
    shutil.rmtree(place.repository)
    again = place.snapshot("--fingerprint", made["fingerprint"])
    assert (again["outcome"], again["fingerprint"]) == ("unchanged", made["fingerprint"])
    assert not place.repository.exists()


@pytest.mark.parametrize("change", ["content", "mode", "name", "link", "row", "less"])
def test_whatever_a_restore_would_bring_back_counts_as_a_change(place: Place, change: str) -> None:
    place.first_boot().database()
    place.write("notes", "one")
    made = place.made()
    match change:
        case "content":
            place.write("notes", "two")
        case "mode":
            (place.home / "notes").chmod(0o600)
        case "name":
            (place.home / "notes").rename(place.home / "notice")
        case "link":
            (place.home / "to").symlink_to("notes")
        case "row":
            place.database(rows=1)
        case "less":
            (place.home / "notes").unlink()
    changed = place.snapshot("--fingerprint", made["fingerprint"], "--parent", made["snapshot"])
    assert changed["outcome"] == "made" and changed["fingerprint"] != made["fingerprint"]


def test_what_must_not_travel_stays(place: Place) -> None:
    place.first_boot().database()
    stay = [
        ".hermes/gateway.pid", ".hermes/gateway_state.json", ".hermes/auth.lock", ".hermes/logs/gateway.log", ".hermes/cache/x/y",
        ".hermes/cron/.tick.lock", ".hermes/state/gateway.heartbeat", ".hermes/profiles/p/gateway.pid", ".hermes/.clean_shutdown",
        ".cache/pip/x", ".hermes/state.db-wal", "project/__pycache__/x.pyc",
    ]
    travel = [
        ".hermes/config.yaml", ".hermes/auth.json", ".hermes/cron/jobs.json", ".hermes/sessions/sessions.json", "project/poetry.lock",
        "project/logs/kept", ".hermes/profiles/p/SOUL.md", "project/orphan-wal", "project/gateway.pid",
    ]
    for path in (*stay, *travel):
        place.write(path)
    files = place.files(place.made())
    assert not files & set(stay)
    assert files >= {*travel, ".hermes/state.db"}


def test_the_mirror_and_what_dead_runs_left_are_gone_afterwards(place: Place) -> None:
    area = place.home.parent / ".talaria-hermes"
    (area / "dead" / "home").mkdir(parents=True)
    place.first_boot().write("x")
    place.made()
    assert list(area.iterdir()) == []


def test_a_tree_that_lost_half_or_its_memory_says_so_and_is_kept(place: Place) -> None:
    place.first_boot().database()
    place.write(".hermes/memories/MEMORY.md", "much")
    first = place.made()
    assert first["shrunk"] is False
    place.write(".hermes/memories/MEMORY.md", "")
    emptied = place.made("--parent", first["snapshot"])
    assert emptied["shrunk"] is True and "MEMORY.md is gone or empty" in emptied["losses"][0]
    assert place.made("--parent", first["snapshot"])["shrunk"] is True  # also the next one: nothing was promoted meanwhile
    assert place.made("--parent", emptied["snapshot"])["shrunk"] is False  # promoted all the same: it is the measure now
    halved = place.made("--previous", "100,1,1")
    assert halved["shrunk"] is True and halved["losses"][0].startswith("files: ")
    tags = json.loads(place.restic("snapshots", "--json"))[-1]["tags"]
    assert "shrunk" in tags and "reason=due" in tags and "boot=b" in tags


def test_the_same_run_twice_is_one_run(place: Place) -> None:
    place.first_boot().write("x")
    first = place.state("snapshot", "--run", "same", "--reason", "due")
    place.write("x", "another")
    assert place.state("snapshot", "--run", "same", "--reason", "due") == first
    assert len(json.loads(place.restic("snapshots", "--json"))) == 1


HOLDER = """
import sys, time, pathlib
sys.path.insert(0, sys.argv[1])
from talaria_agent.runs.claim import claim_run
claim_run(pathlib.Path(sys.argv[2]), "other", "snapshot")
print("claimed", flush=True)
time.sleep(60)
"""


def test_a_second_run_is_refused_while_one_is_under_way_and_ends_with_it(place: Place) -> None:
    place.first_boot()
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, BIN.parent, place.run_folder], stdout=-1)
    assert holder.stdout is not None and holder.stdout.readline() == b"claimed\n"
    try:
        code, said = place.state("snapshot", "--run", "mine", "--reason", "due")
        assert (code, said["error"]["code"]) == (RUN_UNDER_WAY, "run_under_way")
        assert place.state("run", "--run", "other")[1]["alive"] is True
        over = place.state("end-run", "--run", "other")[1]
        assert (over["kind"], over["alive"], over["result"]) == ("snapshot", False, None)
    finally:
        holder.kill()
        holder.communicate()
    assert [run["run"] for run in place.state("runs")[1]["runs"]] == ["other"]
    assert place.snapshot()["outcome"] == "made"


def test_makes_the_repository_where_there_is_none_but_never_for_another_password(bare_place: Place) -> None:
    place = bare_place.first_boot()
    place.write("x")
    assert place.run("list")["repository"] == "absent"
    made = place.made()
    wrong = place.snapshot(RESTIC_PASSWORD="another")
    assert (wrong["outcome"], wrong["problem"]["code"]) == ("failed", "wrong_password")
    (place.repository / "config").unlink()
    foreign = place.snapshot()
    assert (foreign["outcome"], foreign["problem"]["code"]) == ("failed", "repository_foreign")
    assert (place.repository / "snapshots" / made["snapshot"]).exists()


def test_lists_what_the_repository_holds_newest_first(place: Place) -> None:
    place.first_boot().write("x")
    assert place.run("list")["snapshots"] == []
    older, newer = place.made(), (place.write("y"), place.made())[1]
    listed = place.run("list")
    assert [entry["id"] for entry in listed["snapshots"]] == [newer["snapshot"], older["snapshot"]]
    assert place.run("list", RESTIC_PASSWORD="another")["problem"]["code"] == "wrong_password"
