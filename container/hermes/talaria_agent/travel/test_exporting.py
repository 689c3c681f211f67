"""The verb `export`, with the real restic, fetched over HTTP as the Worker does."""

import hashlib
import http.client
import io
import json
import socket
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from talaria_agent.runs.folder import find_run
from talaria_agent.snapshot.test_place import NOWHERE, PATIENCE, Place, empty_repository, needs_restic, place
from talaria_agent.travel.exporting import PORT
from talaria_agent.travel.handing import hand_out

__all__ = ["empty_repository", "place"]

pytestmark = needs_restic


def await_ready(place: Place, process: subprocess.Popen[bytes], run: str) -> None:
    """As the Agent's callers do, and no longer than the run lives: who is told `ready` is not turned away."""
    folder = find_run(place.run_folder, run)
    deadline = time.monotonic() + PATIENCE
    while (folder.progress() or {}).get("step") != "ready" and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


def answer(place: Place, path: str) -> tuple[int, bytes]:
    """One request, which is not sent again."""
    connection = http.client.HTTPConnection(place.environment["TALARIA_BIND"], PORT, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def begun(place: Place, snapshot: str) -> subprocess.Popen[bytes]:
    process = place.fresh().start("export", "--run", "export-1", "--snapshot", snapshot)
    await_ready(place, process, "export-1")
    return process


def ended(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    out, err = process.communicate(timeout=PATIENCE)
    return json.loads(out or err.splitlines()[-1])


def kept(place: Place) -> dict[str, Any]:
    place.first_boot()
    place.write(".hermes/memories/MEMORY.md", "the dog is called Gus").chmod(0o600)
    place.write("bin/tool", "#!/bin/sh").chmod(0o755)
    place.write("umlaut-ä.txt")
    (place.home / "link").symlink_to("/etc/passwd")
    place.database()
    return place.made()


def test_hands_out_the_verified_tree_with_its_manifest(place: Place, tmp_path: Path) -> None:
    snapshot = kept(place)["snapshot"]
    process = begun(place, snapshot)
    status, body = answer(place, "/export-1")
    result = ended(process)
    assert (status, result["outcome"], result["problem"]) == (200, "sent", None)
    assert (result["sha256"], result["bytes"]) == (hashlib.sha256(body).hexdigest(), len(body))
    unpacked = tmp_path / "unpacked"
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        assert archive.getnames()[0] == "manifest.json"
        assert {(entry.uid, entry.uname) for entry in archive} == {(0, "")}
        archive.extractall(unpacked, filter="fully_trusted")
    assert (unpacked / "home/.hermes/memories/MEMORY.md").read_text() == "the dog is called Gus"
    assert (unpacked / "home/bin/tool").stat().st_mode & 0o777 == 0o755
    assert (unpacked / "home/link").is_symlink()
    manifest = (unpacked / "manifest.json").read_text()
    assert "umlaut-" in manifest
    database = (unpacked / "home/.hermes/state.db").read_bytes()
    assert hashlib.sha256(database).hexdigest() in manifest


def test_leaves_nothing_behind(place: Place) -> None:
    snapshot = kept(place)["snapshot"]
    process = begun(place, snapshot)
    answer(place, "/export-1")
    assert ended(process)["outcome"] == "sent"
    assert [path for path in place.home.parent.rglob("*") if path.is_file()] == []


def test_gives_nothing_to_who_does_not_know_the_run(place: Place) -> None:
    process = begun(place, kept(place)["snapshot"])
    assert answer(place, "/export-2")[0] == 404
    assert answer(place, "/export-1")[0] == 200
    assert ended(process)["outcome"] == "sent"


def test_is_bad_when_the_snapshot_is_gone(place: Place) -> None:
    process = begun(place, NOWHERE)
    result = ended(process)
    assert (result["outcome"], result["problem"]["code"]) == ("bad", "snapshot_missing")


def test_is_ready_once_it_takes_connections_and_a_reader_that_leaves_half_way_is_no_success() -> None:
    @contextmanager
    def ready() -> Iterator[None]:
        with socket.create_connection(("127.0.0.9", PORT)) as reader:
            reader.sendall(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
            leaver = threading.Thread(target=lambda: (reader.recv(1000), reader.close()))
            leaver.start()
            yield
            leaver.join()

    def write(out: Any) -> None:
        for _ in range(200):
            out.write(b"x" * 500_000)

    handed = hand_out(("127.0.0.9", PORT), "x", write, ready())
    assert (handed.whole, handed.sha256) == (False, "")


def test_does_not_wait_for_ever() -> None:
    handed = hand_out(("127.0.0.9", PORT), "x", lambda _: pytest.fail("nobody asked"), nullcontext(), wait=0.2)
    assert handed.reason == "nobody came for it"
