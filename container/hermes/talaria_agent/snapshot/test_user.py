"""The image's way: root runs the tool, the home is somebody else's, and restic is a third user."""

import os
import shutil
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from talaria_agent.runs.folder import RunFolder
from talaria_agent.runs.work import Work
from talaria_agent.snapshot.backup import Wanted, snapshot
from talaria_agent.snapshot.restic import Restic
from talaria_agent.snapshot.restore import restore
from talaria_agent.snapshot.test_place import RESTIC, Place, empty_repository, needs_restic, place
from talaria_agent.state.marker import record_first_boot
from talaria_agent.surroundings import Surroundings, read_surroundings
from talaria_agent.user.identity import Identity, acting_as
from talaria_agent.user.ownership import put_right

__all__ = ["empty_repository", "place"]
pytestmark = [needs_restic, pytest.mark.skipif(os.geteuid() != 0, reason="only root can be several users")]

HERMES = Identity("hermes", 65534, 65534)
READER = Identity("restic", 65533, 65533)


class Image:
    """A place whose home belongs to HERMES, with a repository that READER may write."""

    def __init__(self, place: Place) -> None:
        self.place = place
        for folder in (place.root, *list(place.root.parents)[:2]):
            folder.chmod(0o755)
        self.surroundings: Surroundings = read_surroundings(place.environment)
        place.run_folder.mkdir()
        cache = place.root / "reader"
        cache.mkdir()
        shutil.copy(RESTIC or "", place.root / "restic")  # the cache of programs may be closed to other users
        put_right(place.repository, READER, 0o700)
        put_right(cache, READER, 0o700)
        secrets = {"RESTIC_PASSWORD": "a password"}
        self.restic = Restic(str(place.root / "restic"), str(place.repository), secrets, cache, READER)

    def own(self) -> None:
        put_right(self.place.home, HERMES, 0o700)

    def work(self, run: str) -> Work:
        folder = self.place.run_folder / "runs" / run
        folder.mkdir(parents=True)
        return Work(RunFolder(run, folder), ())

    def snapshot(self, run: str = "s") -> dict[str, Any]:
        return snapshot(self.surroundings, HERMES, self.restic, Wanted("due"), self.work(run))

    def next_container(self, snapshot: str) -> dict[str, Any]:
        self.place.fresh()
        self.place.home.mkdir(parents=True)
        return restore(self.surroundings, HERMES, self.restic, snapshot, "b2", self.work("r"))


@pytest.fixture
def image(place: Place) -> Image:
    return Image(place)


def test_a_closed_home_travels_and_belongs_to_its_user_again(image: Image) -> None:
    place = image.place
    place.write(".hermes/auth.json", "secret").chmod(0o600)
    place.database()
    image.own()
    record_first_boot(place.run_folder, "b")
    made = image.snapshot()
    assert made["outcome"] == "made" and made["tree"]["files"] == 2
    assert image.next_container(made["snapshot"])["outcome"] == "restored"
    for path in (place.home, place.hermes, place.hermes / "auth.json", place.hermes / "state.db"):
        assert path.lstat().st_uid == HERMES.uid
    assert stat.S_IMODE((place.hermes / "auth.json").stat().st_mode) == 0o600
    with acting_as(HERMES):
        assert (place.hermes / "auth.json").read_text() == "secret"


def test_restic_may_read_the_mirror_but_cannot_write_the_home(image: Image) -> None:
    from talaria_agent.snapshot.reader import dying_with_parent

    place = image.place
    secret = place.write("closed/secret")
    image.own()
    child = os.fork()
    if child == 0:
        dying_with_parent(READER, may_read_all=True)()
        os.execvp("sh", ["sh", "-c", f"cat {secret} >/dev/null || exit 3; echo x 2>/dev/null >>{secret} && exit 4; exit 17"])
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code == 17 or (code == 4 and not _can_only_read())


def _can_only_read() -> bool:
    """CAP_DAC_READ_SEARCH is bit 2 of what this container may have at all."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapBnd"))
    return bool(int(line.split()[1], 16) & 1 << 2)


def test_root_leaves_nothing_of_its_own_beside_a_living_database(image: Image) -> None:
    place = image.place
    place.database()
    image.own()
    record_first_boot(place.run_folder, "b")
    assert image.snapshot()["outcome"] == "made"
    with acting_as(HERMES):
        living = sqlite3.connect(place.hermes / "state.db")
        living.execute("INSERT INTO t VALUES ('more')")
        living.commit()
    try:
        assert image.snapshot("again")["outcome"] == "made"
        owners = {path.name: path.stat().st_uid for path in place.hermes.iterdir()}
        assert set(owners.values()) == {HERMES.uid} and "state.db-wal" in owners
    finally:
        living.close()


def test_the_agent_cannot_enter_the_area_where_snapshots_are_laid_out(image: Image) -> None:
    place = image.place
    place.write("x")
    image.own()
    record_first_boot(place.run_folder, "b")
    image.snapshot()
    area = place.home.parent / ".talaria-hermes"
    with acting_as(HERMES), pytest.raises(PermissionError):
        os.listdir(area)
