"""Homes that mean ill, or are merely odd."""

import os
import socket
import stat
import threading
import time
from pathlib import Path

import pytest

from talaria_agent.snapshot.mirror import DEEPEST, DIRECTORY, LARGEST_COPY, Mirror, lay_out
from talaria_agent.user.identity import Identity, acting_as

NOBODY = Identity("nobody", 65534, 65534)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as somebody else")
LONG_AGO = 1_600_000_000


def mirror(home: Path, into: Path, identity: Identity | None = None) -> Mirror:
    into.mkdir()
    if identity is not None:
        os.chown(into, identity.uid, identity.gid)
    source, target = os.open(home, DIRECTORY), os.open(into, DIRECTORY)
    try:
        with acting_as(identity):
            return lay_out(source, target, identity, lambda: None)
    finally:
        os.close(source)
        os.close(target)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    return made


def settled(path: Path, text: str = "x") -> Path:
    """A file that nobody is writing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def test_settled_files_are_linked_and_fresh_ones_are_copied(home: Path, tmp_path: Path) -> None:
    settled(home / "a" / "old")
    (home / "new").write_text("y")
    made = mirror(home, tmp_path / "m")
    assert (tmp_path / "m/a/old").stat().st_ino == (home / "a/old").stat().st_ino
    assert (tmp_path / "m/new").stat().st_ino != (home / "new").stat().st_ino
    assert (tmp_path / "m/new").read_text() == "y" and list(made.linked) == ["a/old"]


def test_no_link_is_followed_and_those_that_lead_out_are_told(home: Path, tmp_path: Path) -> None:
    settled(tmp_path / "secret" / "file")
    settled(home / "dir" / "inside")
    for name, target in {"out": "../secret", "abs": "/etc", "deep/up": "../../secret/file", "in": "dir/inside"}.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).symlink_to(target)
    made = mirror(home, tmp_path / "m")
    assert os.readlink(tmp_path / "m/out") == "../secret" and os.readlink(tmp_path / "m/abs") == "/etc"
    assert sorted(made.notes.outward) == ["abs", "deep/up", "out"]
    assert list(made.linked) == ["dir/inside"]


def test_pipes_sockets_and_devices_stay_and_hold_nothing_up(home: Path, tmp_path: Path) -> None:
    os.mkfifo(home / "pipe")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(home / "s"))
    listener.close()
    expected = ["pipe", "s"]
    if os.geteuid() == 0:
        os.mknod(home / "device", stat.S_IFCHR | 0o600, os.makedev(1, 5))
        expected.append("device")
    made = mirror(home, tmp_path / "m")
    assert sorted(made.notes.special) == sorted(expected) and list((tmp_path / "m").iterdir()) == []


def test_folders_without_end_are_cut_and_told(home: Path, tmp_path: Path) -> None:
    here = os.open(home, DIRECTORY)
    for _ in range(DEEPEST + 50):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", DIRECTORY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    settled(home / "kept")
    made = mirror(home, tmp_path / "m")
    assert made.notes.too_deep == ["/".join("d" for _ in range(DEEPEST + 1))] and "kept" in made.linked


def test_a_path_that_no_program_can_open_is_left_out(home: Path, tmp_path: Path) -> None:
    here = os.open(home, DIRECTORY)
    for _ in range(16):
        os.mkdir("n" * 250, dir_fd=here)
        inner = os.open("n" * 250, DIRECTORY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    made = mirror(home, tmp_path / "m")
    assert len(made.notes.too_deep) == 1


def test_a_file_of_holes_is_left_out_and_told(home: Path, tmp_path: Path) -> None:
    with (home / "huge").open("wb") as file:
        file.truncate(1 << 40)
    assert mirror(home, tmp_path / "m").notes.too_large == ["huge"]


def test_a_database_is_known_by_its_first_bytes_not_by_its_name(home: Path, tmp_path: Path) -> None:
    settled(home / "plain.db", "no database, whatever its name says")
    settled(home / "plain.db-wal")
    settled(home / "memory", "SQLite format 3\0...")
    for side in ("-wal", "-shm", "-journal"):
        settled(home / f"memory{side}")
    made = mirror(home, tmp_path / "m")
    assert made.databases == ["memory"] and sorted(made.linked) == ["plain.db", "plain.db-wal"]


@needs_root
def test_what_the_agent_may_not_read_is_left_out_and_told(home: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    for name in ("mine", "closed", "roots"):
        settled(home / name).chmod(0o600 if name != "closed" else 0)
        os.chown(home / name, *((NOBODY.uid, NOBODY.gid) if name != "roots" else (0, 0)))
    (home / "shut").mkdir(mode=0o700)
    made = mirror(home, tmp_path / "m", NOBODY)
    assert sorted(made.notes.unreadable) == ["closed", "roots", "shut"] and list(made.linked) == ["mine"]


@needs_root
def test_another_users_file_under_a_second_name_does_not_come_in(home: Path, tmp_path: Path) -> None:
    outside = settled(tmp_path / "readable-by-all")
    outside.chmod(0o644)
    (home / "hard").hardlink_to(outside)
    made = mirror(home, tmp_path / "m", NOBODY)
    assert made.notes.foreign == ["hard"] and not (tmp_path / "m/hard").exists()


@needs_root
def test_a_folder_that_is_swapped_for_a_link_again_and_again_never_leads_out(home: Path, tmp_path: Path) -> None:
    settled(tmp_path / "outside" / "secret", "root's")
    settled(home / "real" / "secret", "mine")
    for path in (home, home / "real", home / "real" / "secret"):
        os.chown(path, NOBODY.uid, NOBODY.gid)
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            try:
                (home / "real").rename(home / "aside")
                (home / "real").symlink_to(tmp_path / "outside")
                (home / "real").unlink()
                (home / "aside").rename(home / "real")
            except OSError:
                pass

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        until = time.monotonic() + 1.5
        number = 0
        while time.monotonic() < until:
            number += 1
            source, target = os.open(home, DIRECTORY), tmp_path / f"m{number}"
            target.mkdir()
            into = os.open(target, DIRECTORY)
            lay_out(source, into, None, lambda: None)
            os.close(source)
            os.close(into)
            for folder, folders, files in os.walk(target):
                for name in (*folders, *files):
                    path = Path(folder, name)
                    assert path.is_symlink() or path.is_dir() or path.read_text() == "mine"
    finally:
        over.set()
        swapper.join()


def test_a_large_file_is_linked_at_any_age(home: Path, tmp_path: Path) -> None:
    with (home / "download").open("wb") as file:
        file.truncate(LARGEST_COPY + 1)
    made = mirror(home, tmp_path / "m")
    assert list(made.linked) == ["download"]
