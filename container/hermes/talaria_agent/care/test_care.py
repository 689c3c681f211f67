"""The verbs `care`, `drill` and `diff` as processes, with a real restic over a folder."""

import json
from typing import Any

import pytest

from talaria_agent.care.tidy import freed_bytes
from talaria_agent.snapshot.test_place import NOWHERE, Place, empty_repository, needs_restic, place

__all__ = ["empty_repository", "place"]
pytestmark = needs_restic

NOTHING = {"last": 1, "hourly": 0, "daily": 0, "weekly": 0, "monthly": 0}


def tidy(place: Place, *protect: str, keep: dict[str, int] = NOTHING) -> dict[str, Any]:
    return place.run("care", "--keep", json.dumps(keep), "--protect", ",".join(protect))


def some_snapshots(place: Place, number: int) -> list[str]:
    place.first_boot()
    return [place.write("note.md", f"{count}" * 2000) and place.made()["snapshot"] for count in range(number)]


class TestCare:
    def test_forgets_what_the_policy_says_and_leaves_a_repository_that_restores(self, place: Place) -> None:
        ids = some_snapshots(place, 4)
        result = tidy(place, keep={**NOTHING, "last": 2})
        assert (result["outcome"], result["left"], result["forgotten"]) == ("tidied", sorted(ids[2:]), 2)
        assert result["freedBytes"] > 0
        assert list(result["steps"]) == ["forget", "prune", "check"]
        assert place.fresh().restore(ids[2])["outcome"] == "restored"
        assert (place.home / "note.md").read_text() == "2" * 2000
        assert place.fresh().restore(ids[0])["problem"]["code"] == "snapshot_missing"

    def test_never_forgets_what_is_protected_whatever_the_policy_says(self, place: Place) -> None:
        ids = some_snapshots(place, 4)
        result = tidy(place, ids[0], ids[1])
        assert result["left"] == sorted([ids[0], ids[1], ids[3]])
        assert place.fresh().restore(ids[0])["outcome"] == "restored"

    def test_keeps_the_protected_ones_also_among_snapshots_with_forged_times(self, place: Place) -> None:
        (good,) = some_snapshots(place, 1)
        for year in range(2100, 2106):
            place.restic("backup", "--time", f"{year}-01-01 00:00:00", "--host", "thief", str(place.run_folder))
        result = tidy(place, good, keep={"last": 3, "hourly": 3, "daily": 3, "weekly": 3, "monthly": 3})
        assert good in result["left"]
        assert result["missing"] == []
        assert place.fresh().restore(good)["outcome"] == "restored"

    def test_names_what_is_missing_of_the_protected(self, place: Place) -> None:
        some_snapshots(place, 1)
        assert tidy(place, NOWHERE)["missing"] == [NOWHERE]

    def test_removes_an_index_that_does_not_open(self, place: Place) -> None:
        ids = some_snapshots(place, 2)
        (place.repository / "index" / NOWHERE).write_bytes(b"a thief's" * 50)
        assert tidy(place)["outcome"] == "tidied"
        assert place.fresh().restore(ids[1])["outcome"] == "restored"

    def test_does_nothing_and_says_so_when_a_snapshot_cannot_be_read(self, place: Place) -> None:
        some_snapshots(place, 2)
        (place.repository / "snapshots" / NOWHERE).write_bytes(b"a thief's" * 50)
        result = tidy(place)
        assert (result["outcome"], result["unreadable"]) == ("blocked", [NOWHERE])
        assert len(list((place.repository / "snapshots").iterdir())) == 3

    def test_finds_data_that_does_not_open(self, place: Place) -> None:
        ids = some_snapshots(place, 1)
        pack = max((place.repository / "data").glob("*/*"), key=lambda path: path.stat().st_size)
        pack.chmod(0o600)
        pack.write_bytes(bytes([pack.read_bytes()[0] ^ 1]) + pack.read_bytes()[1:])
        result = tidy(place, *ids)
        assert (result["outcome"], result["problem"]["code"]) == ("failed", "repository_damaged")

    @pytest.mark.parametrize("keep", ["{}", "[]", "x", json.dumps({**NOTHING, "last": 0}), json.dumps({**NOTHING, "last": "1"})])
    def test_takes_no_policy_that_would_keep_nothing(self, place: Place, keep: str) -> None:
        process = place.start("care", "--run", "r", "--keep", keep)
        process.communicate()
        assert process.returncode == 2

    def test_reads_what_restic_tells_of_freed_bytes(self) -> None:
        assert freed_bytes("total prune:           3 blobs / 2.5 KiB\nremaining: 1") == 2560
        assert freed_bytes("nothing") is None


class TestDiff:
    def test_names_what_came_went_and_changed(self, place: Place) -> None:
        place.first_boot()
        place.write("stays.md")
        place.write("goes.md", "12345")
        place.write("changes.md", "1")
        first = place.made()["snapshot"]
        (place.home / "goes.md").unlink()
        place.write("changes.md", "22")
        place.write("new\udcff.md", "333")
        second = place.made()["snapshot"]
        result = place.run("diff", "--from", first, "--to", second)
        assert result["counts"] == {"added": 1, "removed": 1, "changed": 1}
        assert result["changes"] == [
            {"path": "changes.md", "change": "M", "was": 1, "bytes": 2},
            {"path": "goes.md", "change": "-", "was": 5, "bytes": None},
            {"path": "new?.md", "change": "+", "was": None, "bytes": 3},
        ]
        same = place.run("diff", "--from", first, "--to", first)
        assert (same["outcome"], same["changes"]) == ("compared", [])

    def test_of_a_snapshot_that_is_not_there(self, place: Place) -> None:
        (first,) = some_snapshots(place, 1)
        result = place.run("diff", "--from", first, "--to", NOWHERE)
        assert (result["outcome"], result["problem"]["code"]) == ("bad", "snapshot_missing")
