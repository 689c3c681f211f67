"""A look at a real Hermes, where one is named: TALARIA_TEST_HERMES_BIN=<bin folder of its venv>."""

import base64
import fcntl
import hashlib
import json
import os
import signal
import socket
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from talaria_agent.gateway.test_with_hermes import BIN, HERMES_BIN, Gateway, InsideHost, gateway, inside, until

__all__ = ["gateway", "inside"]

WEBSOCKET = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

pytestmark = pytest.mark.skipif(not HERMES_BIN, reason="TALARIA_TEST_HERMES_BIN names no Hermes")


class Mattermost(socketserver.ThreadingTCPServer):
    """As much of a Mattermost as takes a bot's log-in and keeps its WebSocket open."""

    daemon_threads = True
    allow_reuse_address = True
    sockets: list[socket.socket]

    def __init__(self) -> None:
        self.sockets = []
        super().__init__(("127.0.0.1", 0), MattermostHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class MattermostHandler(socketserver.StreamRequestHandler):
    server: Mattermost

    def handle(self) -> None:
        path = self.rfile.readline().split()[1]
        lines = [line.decode().strip().partition(": ") for line in iter(self.rfile.readline, b"\r\n")]
        headers = {name.lower(): value for name, _, value in lines}
        if path != b"/api/v4/websocket":
            body = b'{"id": "bot", "username": "hermes"}'
            head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)
            return
        accept = base64.b64encode(hashlib.sha1((headers["sec-websocket-key"] + WEBSOCKET).encode()).digest()).decode()
        head = f"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        self.wfile.write(head.encode())
        self.server.sockets.append(self.connection)
        while self.connection.recv(4096):
            pass  # it never answers a ping


@pytest.fixture
def mattermost() -> Iterator[Mattermost]:
    server = Mattermost()
    yield server
    server.shutdown()
    server.server_close()


def chat(gateway: Gateway) -> dict[str, Any]:
    """What a look tells of the chat platform; empty while Hermes has written nothing of it."""
    return next((platform for platform in gateway.state("vitals")["platforms"] if platform["name"] == "mattermost"), {})


def test_a_look_at_a_real_gateway(gateway: Gateway, inside: InsideHost, mattermost: Mattermost) -> None:
    gateway.environment |= {"MATTERMOST_URL": mattermost.url, "MATTERMOST_TOKEN": "t0ken-that-nobody-sees"}
    due = (datetime.now(UTC) - timedelta(minutes=10)).isoformat()
    job = {"id": "a1b2c3d4e5f6", "name": "report", "prompt": "REPORT", "schedule": {"kind": "interval", "minutes": 1440, "display": "daily"},
           "schedule_display": "daily", "enabled": True, "state": "scheduled", "next_run_at": due, "deliver": "local"}  # fmt: skip
    cron = gateway.home / "cron"
    cron.mkdir(parents=True)
    (cron / "jobs.json").write_text(json.dumps({"jobs": [job]}))
    with (cron / ".tick.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # somebody else looks for due jobs, and does not come to an end
        gateway.process = subprocess.Popen([BIN / "talaria-gateway"], env=gateway.environment, start_new_session=True, stdout=-1)
        until(lambda: chat(gateway).get("hasSocket") is True)
        until(lambda: gateway.state("vitals")["heartbeatSeconds"] is not None and gateway.ask("/health") is not None)
        told = gateway.state("vitals", "--lines", "5")
        assert told["gatewayState"] == "running"
        assert chat(gateway)["state"] == "connected" and chat(gateway)["silenceLimitSeconds"] == 120
        assert {platform["name"] for platform in told["platforms"]} >= {"api_server", "mattermost"}
        assert [(missed["id"], missed["lost"]) for missed in told["missedJobs"]] == [(job["id"], False)]
        assert len(told["lines"]) == 5 and "t0ken-that-nobody-sees" not in json.dumps(told)
        assert inside.prompts == []
    until(lambda: gateway.state("vitals")["missedJobs"] == [])

    # The heartbeat of one that hangs grows old, and its socket has been silent for as long.
    [pid] = {gateway.state("show")["gateway"]["pid"]}
    os.kill(pid, signal.SIGSTOP)
    before = gateway.state("vitals")["heartbeatSeconds"]
    until(lambda: gateway.state("vitals")["heartbeatSeconds"] > before + 3)
    assert chat(gateway)["silentSeconds"] >= 3
    os.kill(pid, signal.SIGCONT)

    # Hermes goes on calling a platform connected whose server is gone.
    mattermost.shutdown()
    mattermost.server_close()
    for one in mattermost.sockets:
        one.shutdown(socket.SHUT_RDWR)
    until(lambda: chat(gateway)["hasSocket"] is False)
    assert chat(gateway)["state"] == "connected"
