"""The verb `restore` as a process, with a real restic over a folder."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from talaria_agent.problem import NOT_RESTORED
from talaria_agent.snapshot.test_place import BIN, NOWHERE, Place, bare_place, empty_repository, needs_restic, rows

__all__ = ["bare_place", "empty_repository"]
pytestmark = needs_restic


@pytest.fixture(scope="session")
def gus(tmp_path_factory: pytest.TempPathFactory, empty_repository: Path) -> tuple[Path, str]:
    """A repository with one snapshot, made once, and the snapshot's id."""
    place = Place(tmp_path_factory.mktemp("gus"))
    shutil.copytree(empty_repository, place.repository)
    place.first_boot().database()
    place.write(".hermes/memories/MEMORY.md", "the user is called Gus")
    place.write("big", "0123456789abcdef" * 400_000)
    return place.repository, place.made()["snapshot"]


@pytest.fixture
def saved(bare_place: Place, gus: tuple[Path, str]) -> tuple[Place, str]:
    """A fresh container, and a snapshot to restore."""
    repository, snapshot = gus
    shutil.copytree(repository, bare_place.repository)
    return bare_place.fresh(), snapshot


def objects(place: Place, kind: str) -> list[Path]:
    return [path for path in (place.repository / kind).rglob("*") if path.is_file()]


def flip(path: Path, at: float = 0.5) -> None:
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 1
    path.write_bytes(data)


def by_hand(place: Place, edit: str) -> str:
    """A snapshot whose content does not fit its manifest."""
    scratch = place.root / "scratch"
    place.restic("restore", "latest", "--target", str(scratch))
    match edit:
        case "content":
            (scratch / "home/.hermes/memories/MEMORY.md").write_text("the user is called Bob")
        case "more":
            (scratch / "home/more").write_text("x")
        case "less":
            (scratch / "home/big").unlink()
        case "manifest":
            (scratch / "manifest.json").write_text('{"format": 1, "entries": [{}], "databases": {}}')
        case "no manifest":
            (scratch / "manifest.json").unlink()
    command = ["backup", ".", "--json", "--host", "talaria"]
    output = subprocess.run(
        [os.environ.get("TALARIA_TEST_RESTIC") or "restic", "-r", place.repository, *command],
        cwd=scratch, env={**place.environment, "RESTIC_CACHE_DIR": str(place.root / "cache")}, check=True, stdout=-1, text=True,
    ).stdout
    return json.loads(output.splitlines()[-1])["snapshot_id"]


def test_refuses_while_a_gateway_lives(saved: tuple[Place, str]) -> None:
    place, snapshot = saved
    stand_in = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", "gateway"])
    try:
        place.run_folder.mkdir(parents=True, exist_ok=True)
        (place.run_folder / "launch.json").write_text(json.dumps({"step": "started", "pid": stand_in.pid}))
        place.write(".hermes/precious")
        refused = place.restore(snapshot)
        assert (refused["outcome"], refused["problem"]["code"]) == ("refused", "gateway_alive")
        assert place.marker() is None and (place.hermes / "precious").exists()
    finally:
        stand_in.kill()
        stand_in.wait()


def test_refuses_over_a_home_that_may_be_used(saved: tuple[Place, str]) -> None:
    place, snapshot = saved
    place.first_boot().write("precious")
    code, refused = place.state("restore", "--run", "x", "--snapshot", snapshot, "--boot-id", "b")
    assert (code, refused["outcome"], refused["problem"]["code"]) == (NOT_RESTORED, "refused", "marker_exists")
    assert (place.home / "precious").exists()


def test_what_lay_in_the_home_is_replaced(saved: tuple[Place, str]) -> None:
    place, snapshot = saved
    place.database(rows=50)
    place.write(".hermes/memories/MEMORY.md", "half of something else")
    place.write(".hermes/state.db-wal", "of another database")
    assert place.restore(snapshot)["outcome"] == "restored"
    assert rows(place.hermes / "state.db") == 3
    assert (place.hermes / "memories/MEMORY.md").read_text() == "the user is called Gus"
    assert list((place.home.parent / ".talaria-hermes").iterdir()) == []


@pytest.mark.parametrize("edit", ["content", "more", "less", "manifest", "no manifest"])
def test_a_snapshot_that_is_not_what_its_manifest_says_is_bad_and_the_one_before_may_follow(
    saved: tuple[Place, str], edit: str
) -> None:
    place, good = saved
    place.write("lies here since before")
    bad = place.restore(by_hand(place, edit))
    assert (bad["outcome"], bad["problem"]["code"]) == ("bad", "manifest_mismatch")
    assert (place.marker() or {})["final"] is False and (place.home / "lies here since before").exists()
    assert place.snapshot()["outcome"] == "refused"
    assert place.restore(good)["outcome"] == "restored"


@pytest.mark.parametrize(
    ("damage", "outcome", "code"),
    [
        ("no snapshot", "bad", "snapshot_missing"),
        ("pack gone", "bad", "snapshot_damaged"),
        ("pack flipped", "bad", "snapshot_damaged"),
        ("snapshot flipped", "bad", "snapshot_missing"),
        ("index flipped", "failed", "repository_damaged"),
        ("index gone", "bad", "snapshot_damaged"),
        ("key flipped", "failed", "repository_damaged"),
        ("key gone", "failed", "wrong_password"),
        ("config flipped", "failed", "repository_damaged"),
        ("config gone", "failed", "repository_absent"),
    ],
)
def test_tells_a_broken_snapshot_from_a_broken_repository(saved: tuple[Place, str], damage: str, outcome: str, code: str) -> None:
    place, snapshot = saved
    kind, what = damage.split()
    if damage == "no snapshot":
        snapshot = NOWHERE
    else:
        kinds = {"pack": "data", "snapshot": "snapshots", "index": "index", "key": "keys", "config": ""}
        found = objects(place, kinds[kind]) if kinds[kind] else [place.repository / "config"]
        for path in found:
            flip(path) if what == "flipped" else path.unlink()
    result = place.restore(snapshot)
    assert (result["outcome"], result["problem"]["code"]) == (outcome, code), result["problem"]
    assert (place.marker() or {})["final"] is False


DIES_IN = """
import os, signal, subprocess, sys
from talaria_agent.runs.folder import RunFolder
from talaria_agent.state.command import main

told, spawned = RunFolder.tell, subprocess.Popen.__init__

def tell(folder, progress):
    told(folder, progress)
    if progress["step"] == sys.argv[1]:
        if sys.argv[1] == "download":
            subprocess.Popen.__init__ = spawn
        else:
            os.kill(os.getpid(), signal.SIGKILL)

def spawn(*arguments, **options):
    spawned(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)

RunFolder.tell = tell
sys.exit(main(sys.argv[2:]))
"""
"""talaria-state, killed as soon as it is in a step: its restic runs already in that of downloading. From outside, one that takes a
millisecond is missed."""


@pytest.mark.parametrize("step", ["download", "verify", "move", "sync"])
def test_killed_at_any_step_it_leaves_no_usable_home_and_a_further_run_makes_one(saved: tuple[Place, str], step: str) -> None:
    place, snapshot = saved
    place.write("lies here since before")
    command = [sys.executable, "-c", DIES_IN, step, "restore", "--run", "killed", "--snapshot", snapshot, "--boot-id", "b"]
    died = subprocess.run(command, cwd=BIN.parent, env=place.environment, stdin=subprocess.DEVNULL, check=False)
    assert died.returncode == -signal.SIGKILL
    state = place.state("run", "--run", "killed", "--wait", "5")[1]
    assert (state["alive"], state["result"]) == (False, None)
    assert (place.marker() or {})["phase"] == "restoring"
    assert place.snapshot()["problem"]["code"] == "not_restored"
    assert place.restore(snapshot)["outcome"] == "restored"
    assert not (place.home / "lies here since before").exists() and rows(place.hermes / "state.db") == 3


def test_a_run_that_is_told_to_end_says_so_and_tidies_up(saved: tuple[Place, str]) -> None:
    place, snapshot = saved
    shutil.rmtree(place.repository)
    process = place.start(
        "restore", "--run", "told", "--snapshot", snapshot, "--boot-id", "b", TALARIA_REPOSITORY="rest:http://127.0.0.1:9/nobody/"
    )
    while not (place.run_folder / "runs/told/progress.json").exists():
        time.sleep(0.01)
    ended = place.state("end-run", "--run", "told")[1]
    process.communicate(timeout=30)
    assert ended["alive"] is False and ended["result"]["problem"]["code"] == "run_interrupted"
    assert list((place.home.parent / ".talaria-hermes").iterdir()) == []
