"""A repository that is out of reach, refuses, or breaks off: with a stand-in for the repository's server over a folder."""

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from talaria_agent.problem import Problem
from talaria_agent.runs.folder import RunFolder
from talaria_agent.runs.work import Work
from talaria_agent.snapshot import restic as restic_module
from talaria_agent.snapshot.backup import Wanted, snapshot
from talaria_agent.snapshot.diagnosis import why
from talaria_agent.snapshot.listing import list_snapshots
from talaria_agent.snapshot.restic import Ending, Restic
from talaria_agent.snapshot.restore import restore
from talaria_agent.snapshot.test_place import RESTIC, Place, empty_repository, needs_restic, place
from talaria_agent.state.marker import read_marker, record_first_boot
from talaria_agent.surroundings import read_surroundings

__all__ = ["empty_repository", "place"]
pytestmark = needs_restic

Fault = Callable[[str, str], int | str | None]
"""(method, path) → a status to answer with, `cut` to break off half-way, `hang` to say nothing, None to serve."""


class Server(ThreadingHTTPServer):
    """restic's REST protocol over a folder, with a fault."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fault: Fault = lambda _method, _path: None
        self.over = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_: Any) -> None:
        """A client that was killed is no news."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes = b"", cut: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "application/vnd.x.restic.rest.v2")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.connection.close()

    def serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.server.fault(self.command, self.path)
        if fault == "hang":
            self.server.over.wait(60)
            return self.connection.close()
        if isinstance(fault, int):
            return self.answer(fault)
        name = self.path.strip("/").split("?")[0]
        path = self.server.folder / re.sub(r"^data/(..)", r"data/\1/\1", name)
        match self.command:
            case "GET" if path.is_dir():
                files = [file for file in path.rglob("*") if file.is_file()]
                self.answer(200, json.dumps([{"name": file.name, "size": file.stat().st_size} for file in files]).encode())
            case "GET" | "HEAD" if path.is_file():
                data = path.read_bytes()
                span = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
                part = data[int(span[1]) : int(span[2]) + 1 if span[2] else None] if span else data
                self.answer(206 if span else 200, part, cut=fault == "cut")
            case "POST":
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(body)
                self.answer(200)
            case "DELETE":
                path.unlink(missing_ok=True)
                self.answer(200)
            case _:
                self.answer(404)

    do_GET = do_HEAD = do_POST = do_DELETE = serve

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


class Remote:
    """A place whose repository is behind the server."""

    def __init__(self, place: Place, server: Server) -> None:
        self.place, self.server = place, server
        self.surroundings = read_surroundings(place.environment)
        place.run_folder.mkdir(parents=True)
        cache = place.root / "cache"
        cache.mkdir()
        secrets = {"RESTIC_PASSWORD": "a password"}
        self.restic = Restic(RESTIC or "", f"rest:http://127.0.0.1:{server.server_port}/", secrets, cache, None)
        self.runs = 0

    def work(self) -> Work:
        self.runs += 1
        folder = self.place.run_folder / "runs" / str(self.runs)
        folder.mkdir(parents=True)
        return Work(RunFolder(str(self.runs), folder), ())

    def snapshot(self) -> dict[str, Any]:
        return snapshot(self.surroundings, None, self.restic, Wanted("due"), self.work())

    def restore(self, snapshot: str) -> dict[str, Any]:
        return restore(self.surroundings, None, self.restic, snapshot, "b2", self.work())


@pytest.fixture
def remote(place: Place) -> Iterator[Remote]:
    server = Server(place.repository)
    yield Remote(place, server)
    server.over.set()
    server.shutdown()
    server.server_close()


@contextmanager
def faulty(remote: Remote, fault: Fault) -> Iterator[None]:
    """While the server is so, nobody waits for it long, but for a busy machine: restic makes no key in less than half a second of CPU."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(restic_module, "QUIET_SECONDS", 12.0)
        remote.server.fault = fault
        yield
    remote.server.fault = lambda _method, _path: None


FAULTS: list[tuple[str, Fault, str]] = [
    ("everything answers 500", lambda _m, _p: 500, "repository_unreachable"),
    ("everything answers 429", lambda _m, _p: 429, "repository_unreachable"),
    ("everything is refused", lambda _m, _p: 403, "repository_refused"),
    ("the server says nothing", lambda _m, _p: "hang", "no_progress"),
    ("keys break off", lambda m, p: "cut" if m == "GET" and p.startswith("/keys/") else None, "no_progress"),
]


@pytest.mark.parametrize(("fault", "code"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_repository_out_of_reach_is_never_taken_for_a_bad_snapshot(remote: Remote, fault: Fault, code: str) -> None:
    remote.place.write("x")
    record_first_boot(remote.place.run_folder, "b")
    made = remote.snapshot()
    remote.place.fresh()
    with faulty(remote, fault), pytest.raises(Problem) as failure:
        remote.restore(made["snapshot"])
    assert failure.value.code == code, failure.value.message
    marker = read_marker(remote.place.run_folder)
    assert marker is not None and not marker.final
    assert remote.restore(made["snapshot"])["outcome"] == "restored"


WRITES: list[tuple[str, Fault, str]] = [
    ("writes answer 500", lambda m, p: 500 if m == "POST" and p.startswith("/data/") else None, "repository_unreachable"),
    ("the repository is pruned", lambda m, _p: 503 if m == "POST" else None, "repository_busy"),
    ("the run is fenced off", lambda m, _p: 403 if m == "POST" else None, "repository_refused"),
    ("the last write hangs", lambda m, p: "hang" if m == "POST" and p.startswith("/snapshots/") else None, "no_progress"),
]


@pytest.mark.parametrize(("fault", "code"), [fault[1:] for fault in WRITES], ids=[fault[0] for fault in WRITES])
def test_an_upload_that_is_stopped_fails_in_time_and_the_next_one_is_made(remote: Remote, fault: Fault, code: str) -> None:
    remote.place.write("x", os.urandom(1000).hex())
    record_first_boot(remote.place.run_folder, "b")
    with faulty(remote, fault), pytest.raises(Problem) as failure:
        remote.snapshot()
    assert failure.value.code == code, failure.value.message
    assert list((remote.place.home.parent / ".talaria-hermes").iterdir()) == []
    assert remote.snapshot()["outcome"] == "made"


def test_a_short_fault_is_sat_out(remote: Remote) -> None:
    remote.place.write("x")
    record_first_boot(remote.place.run_folder, "b")
    faults = [500, 500]
    remote.server.fault = lambda _method, _path: faults.pop() if faults else None
    assert remote.snapshot()["outcome"] == "made"
    assert faults == []


def test_an_absent_repository_and_an_unreachable_one_are_told_apart(remote: Remote) -> None:
    remote.server.fault = lambda _method, path: 404 if path.startswith("/config") else None
    assert list_snapshots(remote.restic, remote.work())["repository"] == "absent"
    with faulty(remote, lambda _method, _path: 502), pytest.raises(Problem) as failure:
        list_snapshots(remote.restic, remote.work())
    assert failure.value.code == "repository_unreachable"


@pytest.mark.parametrize(
    ("code", "words", "expected"),
    [
        (1, "Fatal: unable to save snapshot: write /x: no space left on device", "disk_full"),
        (1, "Load(<data/ab>, 100, 0) failed: <data/ab> does not exist", "snapshot_damaged"),
        (1, "Load(<data/ab>, 503, 500) failed: <data/ab> does not exist", "snapshot_damaged"),
        (11, "unable to create lock", "repository_locked"),
        (1, "Fatal: something that nobody has seen before", "restic_failed"),
    ],
)
def test_restics_words_lead_to_a_code(code: int, words: str, expected: str) -> None:
    assert why(Ending(code, errors=words), "restic").code == expected
