"""The verb `import`, with the real restic; archives of every kind that is taken, and of those that are not."""

import http.client
import io
import os
import sqlite3
import stat
import tarfile
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from talaria_agent.problem import Problem
from talaria_agent.snapshot.test_place import PATIENCE, Place, empty_repository, needs_restic, place, rows
from talaria_agent.travel import unpacking
from talaria_agent.travel.exporting import PORT
from talaria_agent.travel.test_exporting import answer, await_ready, begun, ended
from talaria_agent.travel.unpacking import unpack

__all__ = ["empty_repository", "place"]


def old_install(folder: Path) -> Path:
    """A `~/.hermes` whose gateway was killed: the last row is in the -wal alone."""
    (folder / "memories").mkdir(parents=True)
    (folder / "memories" / "MEMORY.md").write_text("the cat is called Mia")
    (folder / "memories" / "USER.md").write_text("has a cat")
    (folder / "config.yaml").write_text("model: {}\n")
    (folder / "gateway.pid").write_text("1")
    (folder / "logs").mkdir()
    (folder / "logs" / "agent.log").write_text("noise")
    connection = sqlite3.connect(folder / "state.db")
    connection.execute("PRAGMA journal_mode=wal")
    connection.execute("CREATE TABLE t (a TEXT)")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("INSERT INTO t VALUES ('in the wal')")
    connection.commit()
    for name in ("state.db", "state.db-wal"):
        (folder / f"copy-{name}").write_bytes((folder / name).read_bytes())
    connection.close()
    for name in ("state.db", "state.db-wal"):
        (folder / f"copy-{name}").replace(folder / name)
    return folder


def tar_of(folder: Path, name: str = ".") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.add(folder, name)
    return out.getvalue()


def zip_of(folder: Path) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.endswith(("-wal", ".pid")):
                archive.write(path, path.relative_to(folder))
    return out.getvalue()


def imported(place: Place, body: bytes, *arguments: str) -> dict[str, Any]:
    place.fresh()
    place.runs += 1
    process = place.start("import", "--run", f"import-{place.runs}", *arguments)
    await_ready(place, process, f"import-{place.runs}")
    connection = http.client.HTTPConnection(place.environment["TALARIA_BIND"], PORT, timeout=PATIENCE)
    with suppress(OSError):  # a run that was refused opens nothing, one that refuses need not read to the end
        connection.request("PUT", f"/import-{place.runs}", body)
        connection.getresponse().read()
    connection.close()
    return ended(process)


def restored(place: Place, result: dict[str, Any]) -> Path:
    assert result["outcome"] == "made", result
    assert place.fresh().restore(result["snapshot"])["outcome"] == "restored"
    return place.hermes


@needs_restic
@pytest.mark.parametrize("form", ["folder", "named folder", "service", "zip"])
def test_takes_a_hermes_folder_in_every_form_and_leaves_out_what_must_not_travel(place: Place, tmp_path: Path, form: str) -> None:
    old = old_install(tmp_path / "old" / ".hermes")
    bodies = {
        "folder": lambda: tar_of(old),
        "named folder": lambda: tar_of(old, "backup"),
        "service": lambda: tar_of(old.parent),
        "zip": lambda: zip_of(old),
    }
    result = imported(place, bodies[form]())
    assert result["malformed"] == []
    hermes = restored(place, result)
    assert (hermes / "memories" / "MEMORY.md").read_text() == "the cat is called Mia"
    assert not (hermes / "gateway.pid").exists()
    assert not (hermes / "logs").exists()
    assert not (hermes / "state.db-wal").exists()
    assert rows(hermes / "state.db") == (0 if form == "zip" else 1)


@needs_restic
def test_takes_back_its_own_export_as_it_was(place: Place, tmp_path: Path) -> None:
    place.first_boot()
    place.write("bin/tool", "#!/bin/sh").chmod(0o755)
    (place.home / "outward").symlink_to("/usr/bin/python3")
    place.write(".hermes/memories/MEMORY.md", "Gus")
    place.database()
    before = place.made()
    process = begun(place, before["snapshot"])
    body = answer(place, "/export-1")[1]
    assert ended(process)["outcome"] == "sent"
    result = imported(place, body)
    assert (result["source"], result["fingerprint"]) == ("export", before["fingerprint"])
    assert imported(place, body, "--after", before["startedAt"])["outcome"] == "made", "as new as the snapshot it is of"
    assert imported(place, body, "--after", before["endedAt"])["problem"]["code"] == "import_older"
    for spoiled in (body.replace(b"Gus", b"Mia"), body.replace(b'"at": "2', b'"at": "x')):
        assert imported(place, spoiled)["problem"]["code"] == "manifest_mismatch"


@needs_restic
def test_a_merge_brings_what_is_missing_and_leaves_what_is_there(place: Place, tmp_path: Path) -> None:
    place.first_boot()
    place.write(".hermes/memories/MEMORY.md", "the dog is called Gus")
    place.database(rows=5)
    onto = place.made()["snapshot"]
    result = imported(place, tar_of(old_install(tmp_path / "old")), "--onto", onto)
    assert result["kept"] == ["memories/MEMORY.md", "state.db"]
    hermes = restored(place, result)
    assert (hermes / "memories" / "MEMORY.md").read_text() == "the dog is called Gus"
    assert (hermes / "memories" / "USER.md").read_text() == "has a cat"
    assert rows(hermes / "state.db") == 5


@needs_restic
def test_refuses_what_is_older_than_the_memory_and_what_is_no_hermes(place: Place, tmp_path: Path) -> None:
    old = old_install(tmp_path / "old")
    for path in [old, *old.rglob("*")]:
        os.utime(path, (1_600_000_000, 1_600_000_000))
    (old / "logs" / "agent.log").write_text("written today, and no memory")
    result = imported(place, tar_of(old), "--after", "2026-01-01T00:00:00Z")
    assert (result["outcome"], result["problem"]["code"]) == ("failed", "import_older")
    (tmp_path / "photos").mkdir()
    result = imported(place, tar_of(tmp_path / "photos", "photos"))
    assert result["problem"]["code"] == "archive_unknown"


def a_tar(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def info(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", size: int = 0) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, target, size
    return made


ESCAPED = "talaria-escaped"
"""A name that nothing else in the temporary folder has."""

HOSTILE = {
    "climbs": a_tar((info("a/../../x", size=1), b"x")),
    "is absolute": a_tar((info("/etc/x", size=1), b"x")),
    "hard link": a_tar((info("x", tarfile.LNKTYPE, "/etc/passwd"), b"")),
    "device": a_tar((info("x", tarfile.CHRTYPE), b"")),
    "pipe": a_tar((info("x", tarfile.FIFOTYPE), b"")),
    "through a link": a_tar((info("out", tarfile.SYMTYPE, "/tmp"), b""), (info(f"out/{ESCAPED}", size=1), b"x")),
    "link behind a link": a_tar((info("a", tarfile.SYMTYPE, "/tmp"), b""), (info(f"a/{ESCAPED}", tarfile.SYMTYPE, "/tmp"), b"")),
    "twice": a_tar((info("x", size=1), b"x"), (info("x", size=1), b"y")),
    "too deep": a_tar((info("/".join("d" * 100), size=1), b"x")),
    "cut off": a_tar((info("x", size=2_000_000), b"x" * 2_000_000))[:1_000_000],
    "no archive": b"hello, I am no archive" * 100,
    "empty": b"",
    "packed still": b"\x28\xb5\x2f\xfd" + b"x" * 100,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_refuses_an_archive_that(name: str, tmp_path: Path) -> None:
    (tmp_path / "archive").write_bytes(HOSTILE[name])
    into = tmp_path / "deep" / "into"
    into.mkdir(parents=True)
    with pytest.raises(Problem) as raised:
        unpack(tmp_path / "archive", into)
    assert raised.value.code == "archive_refused"
    assert {path.name for path in tmp_path.iterdir()} == {"archive", "deep"}
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["into"]
    assert not os.path.lexists(f"/tmp/{ESCAPED}")


def test_refuses_a_bomb_by_what_comes_out_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 10_000_000)
    with zipfile.ZipFile(tmp_path / "archive", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("state.db", b"\0" * 20_000_000)
    (tmp_path / "into").mkdir()
    with pytest.raises(Problem, match="more than"):
        unpack(tmp_path / "archive", tmp_path / "into")
    monkeypatch.setattr(unpacking, "MOST_ENTRIES", 3)
    (tmp_path / "archive").write_bytes(a_tar(*((info(str(number)), b"") for number in range(5))))
    with pytest.raises(Problem, match="entries"):
        unpack(tmp_path / "archive", tmp_path / "into")


def test_a_link_of_an_archive_is_made_and_never_followed(tmp_path: Path) -> None:
    (tmp_path / "archive").write_bytes(a_tar((info("home/outward", tarfile.SYMTYPE, "/etc/passwd"), b"")))
    (tmp_path / "into").mkdir()
    unpack(tmp_path / "archive", tmp_path / "into")
    assert os.readlink(tmp_path / "into" / "home" / "outward") == "/etc/passwd"


def test_gives_no_file_more_rights_than_a_file_needs(tmp_path: Path) -> None:
    rooted = info("tool", size=1)
    rooted.mode = 0o6755
    (tmp_path / "archive").write_bytes(a_tar((rooted, b"x")))
    (tmp_path / "into").mkdir()
    unpack(tmp_path / "archive", tmp_path / "into")
    assert stat.S_IMODE((tmp_path / "into" / "tool").stat().st_mode) == 0o755
