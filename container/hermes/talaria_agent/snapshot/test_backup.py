"""The verb `snapshot` as a process, with a real restic over a folder."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from talaria_agent.problem import NOT_RESTORED, RUN_UNDER_WAY
from talaria_agent.snapshot.test_place import BIN, Place, bare_place, empty_repository, needs_restic, place, rows

__all__ = ["bare_place", "empty_repository", "place"]
pytestmark = needs_restic


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


def test_a_file_that_was_changed_back_in_time_is_read_anew_by_us_and_by_restic(place: Place) -> None:
    place.first_boot()
    file = place.write("installed/by/an/archive", "version 1")
    os.utime(file, (500_000_000, 500_000_000))
    place.made()
    first = place.made()
    file.write_text("version 2")
    os.utime(file, (500_000_000, 500_000_000))
    second = place.made("--fingerprint", first["fingerprint"], "--parent", first["snapshot"])
    assert place.restic("dump", second["snapshot"], "/home/installed/by/an/archive") == "version 2"
    third = place.snapshot("--fingerprint", second["fingerprint"], "--parent", second["snapshot"])
    assert third["outcome"] == "unchanged"
