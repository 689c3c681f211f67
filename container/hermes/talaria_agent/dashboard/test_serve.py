"""The program as a process, with a stand-in for `hermes`. The real one: `e2e/dashboard.e2e.test.ts`."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from talaria_agent.init.stopping import record_stopping
from talaria_agent.problem import ALREADY_RUNNING, NOT_RESTORED, UNAVAILABLE, USAGE

PROGRAM = Path(__file__).resolve().parents[2] / "bin" / "talaria-dashboard"
KEY = "k" * 40
ADDRESS = "127.0.0.83"

STAND_IN = """#!{python}
import asyncio, json, os, sys

async def handle(reader, writer):
    head = (await reader.readuntil(b"\\r\\n\\r\\n")).decode()
    token = os.environ["HERMES_DASHBOARD_SESSION_TOKEN"]
    if "upgrade: websocket" in head.lower():
        ok = ("token=" + token) in head.split("\\r\\n")[0]
        writer.write(b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n" if ok
                     else b"HTTP/1.1 403 Forbidden\\r\\nContent-Length: 0\\r\\n\\r\\n")
        while piece := await reader.read(100):
            writer.write(piece.upper())
    elif head.startswith("GET /page"):
        page = ("<p>" + token + "</p>").encode()
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Type: text/html; charset=utf-8\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n"
                     + ("%x\\r\\n" % len(page)).encode() + page + b"\\r\\n0\\r\\n\\r\\n")
    else:
        length = int(next((line.split(":")[1] for line in head.lower().split("\\r\\n") if line.startswith("content-length")), 0))
        seen = json.dumps({{"head": head, "body": (await reader.readexactly(length)).decode(), "key": "TALARIA_DASHBOARD_KEY" in os.environ,
                            "known": "x-hermes-session-token: " + token in head, "argv": sys.argv[1:]}}).encode()
        writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(seen) + seen)
    await writer.drain()
    writer.close()

async def main():
    if "FAIL" in os.environ: sys.exit("no luck today")
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print("HERMES_DASHBOARD_READY port=%d" % server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


class Container:
    """A container with a home, a gateway that was started, and a Hermes with pages."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.run = root / "run"
        (root / "bin").mkdir()
        (root / "ws").mkdir()
        (root / "pages").mkdir()
        (root / "pages" / "index.html").touch()
        hermes = root / "bin" / "hermes"
        hermes.write_text(STAND_IN.format(python=sys.executable))
        hermes.chmod(0o755)
        self.run.mkdir()
        self.record("marker.json", {"boot": "b1", "phase": "first-boot", "at": "2026-11-22T00:00:00Z", "snapshot": None})
        self.record("launch.json", {"step": "started", "pid": os.getpid()})
        self.environment = {
            "PATH": f"{hermes.parent}:{os.environ['PATH']}",
            "TALARIA_HOME": str(root / "home"), "TALARIA_WORKSPACE": str(root / "ws"), "TALARIA_RUN": str(self.run),
            "HERMES_MANAGED_DIR": str(root / "etc"), "TALARIA_BIND": ADDRESS, "TALARIA_URL": "http://127.0.0.1:9",
            "TALARIA_DASHBOARD_KEY": KEY, "HERMES_WEB_DIST": str(root / "pages"),
        }  # fmt: skip
        self.processes: list[subprocess.Popen[bytes]] = []

    def record(self, name: str, value: object) -> None:
        (self.run / name).write_text(json.dumps(value))

    def start(self, **environment: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, PROGRAM], env={**self.environment, **environment}, stdout=-1, stderr=-1)
        self.processes.append(process)
        return process

    def serving(self, **environment: str) -> subprocess.Popen[bytes]:
        process = self.start(**environment)
        assert process.stdout is not None and process.stderr is not None
        assert b"serving" in process.stdout.readline(), process.stderr.read()
        return process

    def refused(self, **environment: str) -> tuple[int, dict[str, str]]:
        process = self.start(**environment)
        _, err = process.communicate(timeout=60)
        return process.returncode, json.loads(err)["error"]


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    made = Container(tmp_path)
    yield made
    for process in made.processes:
        process.kill()
        process.communicate()


def ask(path: str, key: str = KEY, method: str = "GET", body: str | None = None, **fields: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(ADDRESS, 9119, timeout=20)
    headers = {"X-Talaria-Dashboard-Key": key, **{name.replace("_", "-"): value for name, value in fields.items()}}
    with closing(connection):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer, answer.read()


def eventually(true: Callable[[], bool]) -> bool:
    return any(true() or time.sleep(0.05) for _ in range(600))


def test_passes_requests_of_who_has_the_key_and_no_others(container: Container) -> None:
    container.serving()
    assert ask("/api/x", key="wrong")[0].status == 401
    answer, body = ask("/api/x?a=1", method="POST", body="hello", cookie="c=d", x_hermes_session_token="held-inside")
    seen = json.loads(body)
    assert (answer.status, seen["body"], seen["known"], seen["key"]) == (200, "hello", True, False)
    assert seen["head"].startswith("POST /api/x?a=1 HTTP/1.1\r\n") and "cookie" not in seen["head"]
    assert seen["argv"][:5] == ["dashboard", "--host", "127.0.0.1", "--port", "0"]


def test_takes_hermes_token_out_of_its_pages(container: Container) -> None:
    container.serving()
    answer, page = ask("/page")
    assert (page, answer.getheader("content-length")) == (b"<p>held-inside</p>", "18")


def websocket(session: str = "") -> socket.socket:
    """An open one, by a log-in or by none."""
    wire = socket.create_connection((ADDRESS, 9119), timeout=20)
    by = f"X-Talaria-Session: {session}\r\n" if session else ""
    wire.sendall(
        f"GET /api/ws HTTP/1.1\r\nHost: b\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{by}"
        f"X-Hermes-Session-Token: held-inside\r\nX-Talaria-Dashboard-Key: {KEY}\r\n\r\n".encode()
    )
    assert wire.recv(1000).startswith(b"HTTP/1.1 101")
    return wire


def ended(wire: socket.socket) -> bool:
    """Whether the other side has cut it."""
    try:
        return wire.recv(100) == b""
    except ConnectionResetError:
        return True


def test_passes_a_websocket_both_ways_and_counts_it(container: Container) -> None:
    container.serving()
    with websocket() as wire:
        wire.sendall(b"frame")
        assert wire.recv(100) == b"FRAME"
        assert json.loads(ask("/.talaria/use")[1])["open"] == 1
    assert eventually(lambda: json.loads(ask("/.talaria/use")[1])["open"] == 0)


def test_cuts_what_a_log_in_that_has_ended_holds_open_and_nothing_else(container: Container) -> None:
    container.serving()
    wires = {name: websocket(name) for name in ("mine", "another", "")}
    assert json.loads(ask("/.talaria/close", method="POST", x_talaria_session="mine")[1]) == {"closed": 1}
    assert ended(wires["mine"])
    for name in ("another", ""):
        wires[name].sendall(b"still")
        assert wires[name].recv(100) == b"STILL"
    assert json.loads(ask("/.talaria/close", method="POST", x_talaria_session="every")[1]) == {"closed": 1}
    assert ended(wires["another"])
    assert json.loads(ask("/.talaria/use")[1])["open"] == 1
    assert ask("/.talaria/close", key="wrong", x_talaria_session="every")[0].status == 401
    for wire in wires.values():
        wire.close()


def test_refuses_what_is_no_http(container: Container) -> None:
    container.serving()
    with socket.create_connection((ADDRESS, 9119), timeout=20) as wire:
        wire.sendall(b"\x16\x03\x01\r\n\r\n")
        assert wire.recv(100).startswith(b"HTTP/1.1 400")


def test_ends_when_nobody_uses_it_and_leaves_no_process(container: Container) -> None:
    process = container.serving(TALARIA_DASHBOARD_IDLE_SECONDS="0.1")
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and b"nobody used it" in out


@pytest.mark.parametrize("how", ["signal", "container"])
def test_ends_when_it_is_told_to_and_when_its_container_is(container: Container, how: str) -> None:
    process = container.serving()
    if how == "signal":
        process.send_signal(signal.SIGTERM)
    else:
        record_stopping(container.run)
    assert process.wait(timeout=60) == 0


def test_goes_with_its_parent_even_where_that_is_killed(container: Container) -> None:
    process = container.serving()
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("this kernel does not list children")
    (child,) = children.read_text().split()
    process.kill()
    assert eventually(lambda: not Path(f"/proc/{child}").exists() or " Z " in Path(f"/proc/{child}/stat").read_text())


def test_starts_once_in_a_container(container: Container) -> None:
    container.serving()
    code, problem = container.refused()
    assert (code, problem["code"]) == (ALREADY_RUNNING, "already_running")


def test_says_why_it_does_not_start(container: Container) -> None:
    assert container.refused(TALARIA_DASHBOARD_KEY="short")[0] == USAGE
    (container.root / "pages" / "index.html").unlink()
    code, problem = container.refused()
    assert (code, problem["code"]) == (78, "dashboard_not_built")
    (container.root / "pages" / "index.html").touch()
    _, problem = container.refused(FAIL="1")
    assert problem["code"] == "dashboard_failed" and "no luck today" in problem["message"]
    container.record("launch.json", {"step": "preparing"})
    assert container.refused()[1]["code"] == "gateway_first"
    record_stopping(container.run)
    assert container.refused()[0] == UNAVAILABLE
    (container.run / "marker.json").unlink()
    assert container.refused()[0] == NOT_RESTORED
