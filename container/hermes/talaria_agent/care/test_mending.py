"""The verb `mend` as a process, with a real restic over a folder whose objects rot or go."""

import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from talaria_agent.snapshot.test_place import NOWHERE, Place, empty_repository, needs_restic, place

__all__ = ["empty_repository", "place"]
pytestmark = needs_restic

SIZE = 200_000


def rot(file: Path) -> None:
    file.chmod(0o600)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    file.write_bytes(content)


def restored(place: Place, snapshot: str) -> dict[str, Any]:
    return place.fresh().restore(snapshot)


def random_text(seed: int) -> str:
    return Random(seed).randbytes(SIZE).hex()


@pytest.mark.parametrize("spoil", [rot, Path.unlink])
def test_writes_an_index_that_rotted_or_is_gone_anew_from_the_packs(place: Place, spoil: Any) -> None:
    place.first_boot().write("note.md", "kept")
    made = place.made()["snapshot"]
    for index in (place.repository / "index").iterdir():
        spoil(index)
    shutil.rmtree(place.run_folder / "restic-cache")
    assert restored(place, made)["outcome"] != "restored"
    assert place.run("mend")["outcome"] == "mended"
    assert restored(place, made)["outcome"] == "restored"
    assert (place.home / "note.md").read_text() == "kept"


def test_removes_an_index_of_junk(place: Place) -> None:
    place.first_boot().write("note.md")
    made = place.made()["snapshot"]
    (place.repository / "index" / NOWHERE).write_bytes(b"a thief's" * 50)
    assert restored(place, made)["problem"]["code"] == "repository_damaged"
    assert place.run("mend")["outcome"] == "mended"
    assert restored(place, made)["outcome"] == "restored"


def test_stores_anew_what_was_lost_with_a_rotten_pack_where_restic_would_rely_on_it(place: Place) -> None:
    place.first_boot().write("large", random_text(1))
    place.made()
    pack = max((place.repository / "data").glob("*/*"), key=lambda path: path.stat().st_size)
    rot(pack)
    relying = place.made()["snapshot"]
    assert restored(place, relying)["problem"]["code"] == "snapshot_damaged"
    place.fresh().first_boot().write("large", random_text(1))
    assert place.run("mend", "--packs", pack.name)["outcome"] == "mended"
    made = place.made()["snapshot"]
    assert restored(place, made)["outcome"] == "restored"
    assert (place.home / "large").read_text() == random_text(1)
