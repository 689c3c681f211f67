"""A stand-in for the inside host's `/exec`: runs each job once, as a real bash process in a workspace folder, and can be
told to fail as a Worker does."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

PATH = re.compile(r"/exec/sessions/([A-Za-z0-9._-]{1,64})/(?:jobs/([A-Za-z0-9._-]{1,64})(/forget|/input)?|(rest))")


class Running:
    """One job: a process, what it wrote so far, how it ended."""

    def __init__(self, order: dict[str, Any], workspace: Path) -> None:
        self.output = bytearray()
        self.exit: int | None = None
        self.ended_by = "exit"
        self.ending: str | None = None
        self.changed = threading.Condition()
        script = base64.b64decode(order["command"])
        # No argument is longer than 128 KiB, so the script comes by a descriptor.
        file = os.memfd_create("script", 0)
        os.write(file, script)
        os.lseek(file, 0, os.SEEK_SET)
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(workspace / ".home"), "TALARIA_WORKSPACE": str(workspace), "LANG": "C.UTF-8",
            **order["env"],
        }  # fmt: skip
        self.process = subprocess.Popen(
            ["bash", f"/proc/self/fd/{file}"], cwd=order["cwd"] or workspace, env=environment, pass_fds=(file,),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        os.close(file)
        stdin = None if order["stdin"] is None else base64.b64decode(order["stdin"])
        self.fed = 0
        if not order.get("feed"):
            threading.Thread(target=self._feed, args=(stdin or b"",), daemon=True).start()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        threading.Thread(target=self._reap, args=(order["timeoutSeconds"],), daemon=True).start()

    def _feed(self, data: bytes) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(data)
            self.process.stdin.close()
        except BrokenPipeError:
            return

    def take(self, offset: int, data: bytes) -> int:
        """Input of a job that is fed, each piece once."""
        assert self.process.stdin is not None
        if offset == self.fed:
            self.fed += len(data)
            try:
                self.process.stdin.write(data)
                self.process.stdin.flush()
            except BrokenPipeError:
                pass  # who fed it hears how it ended
        return self.fed

    def _read(self) -> None:
        assert self.process.stdout is not None
        while data := os.read(self.process.stdout.fileno(), 65536):
            with self.changed:
                self.output += data
                self.changed.notify_all()

    def _reap(self, limit: float) -> None:
        try:
            self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.end("deadline", 124)
            return
        # For what lies in the pipe; a background child that holds it open is not waited for.
        self.reader.join(0.3)
        with self.changed:
            if self.exit is None and self.ending is None:
                self.exit = self.process.returncode if self.process.returncode >= 0 else 128 - self.process.returncode
            self.changed.notify_all()

    def end(self, by: str, code: int) -> None:
        """Kill the tree; only then is the job done."""
        with self.changed:
            if self.exit is not None or self.ending is not None:
                return
            self.ending = by
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # It ended by itself meanwhile.
        self.process.wait()
        self.reader.join(0.3)
        with self.changed:
            self.exit, self.ended_by = code, by
            self.changed.notify_all()


class InsideExec(ThreadingHTTPServer):
    """The server. Faults: `reset_answers` (the request is done, its answer is cut), `say` (a status before anything is done)."""

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        self.workspace = root / "workspace"
        self.workspace.mkdir(parents=True)
        self.jobs: dict[str, Running] = {}
        self.orders: list[tuple[str, str, dict[str, Any]]] = []
        self.asked: list[str] = []
        self.sessions: list[str] = []
        self.started: list[str] = []
        self.forgotten: list[str] = []
        self.rests = 0
        self.notices: list[str] = []
        self.refusal: tuple[int, str, str] | None = None
        self.say: list[tuple[int, dict[str, str], bytes]] = []
        self.reset_answers = 0
        self.reset_half = 0
        self.start_delay = threading.Event()
        self.start_delay.set()
        self.unknown: set[str] = set()
        self.guard = threading.Lock()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """As TALARIA_URL."""
        return f"http://127.0.0.1:{self.server_port}"

    def lose_workspace(self) -> None:
        """The box is gone, a new one is there."""
        shutil.rmtree(self.workspace)
        self.workspace.mkdir()

    def handle_error(self, *_: object) -> None:
        """Connections that break are part of the tests."""

    def close(self) -> None:
        """End every process."""
        self.shutdown()
        self.server_close()
        for job in self.jobs.values():
            job.end("cancel", 130)


class Handler(BaseHTTPRequestHandler):
    server: InsideExec
    protocol_version = "HTTP/1.1"
    # Headers and body go in two writes; without this the second waits for the client's acknowledgement.
    disable_nagle_algorithm = True

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        with self.server.guard:
            whole, half = self.server.reset_answers > 0, self.server.reset_half > 0
            if whole:
                self.server.reset_answers -= 1
            elif half:
                self.server.reset_half -= 1
        if whole:
            self.reset()
            return
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if half:
            self.wfile.write(body[: len(body) // 2])
            self.reset()
            return
        self.wfile.write(body)

    def reset(self) -> None:
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def data(self, status: int, value: object) -> None:
        self.answer(status, json.dumps(value).encode(), {"content-type": "application/json"})

    def refuse(self, status: int, code: str, message: str) -> None:
        self.data(status, {"error": {"code": code, "message": message}})

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server, parts = self.server, urlsplit(self.path)
        with server.guard:
            server.asked.append(f"{self.command} {self.path}")
            said = server.say.pop(0) if server.say else None
        if said is not None:
            return self.answer(said[0], said[2], said[1])
        found = PATH.fullmatch(parts.path)
        if not found:
            return self.refuse(404, "unknownPath", "There is no such path.")
        session, name, act, rest = found.groups()
        server.sessions.append(session)
        if rest:
            server.rests += 1
            return self.data(200, {})
        if self.command == "PUT":
            return self.put(session, name, json.loads(body))
        job = server.jobs.get(name)
        if job is None or name in server.unknown:
            return self.refuse(404, "execJobUnknown", "No such job.")
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if act == "/input":
            return self.data(200, {"next": job.take(int(query.get("offset", 0)), body)})
        if act:
            server.forgotten.append(name)
            return self.data(200, {})
        if self.command == "DELETE":
            job.end("cancel", 130)
            return self.data(200, {"survivors": 0})
        return self.get(job, query)

    def put(self, session: str, name: str, order: dict[str, Any]) -> None:
        server = self.server
        server.start_delay.wait(60)
        if server.refusal is not None:
            return self.refuse(*server.refusal)
        with server.guard:
            if name not in server.jobs:
                server.started.append(name)
                server.orders.append((session, name, order))
                server.jobs[name] = Running(order, server.workspace)
            notices, server.notices = (server.notices, []) if order["kind"] == "terminal" else ([], server.notices)
        return self.data(200, {"state": "running", "workspace": str(server.workspace), "notices": notices})

    def get(self, job: Running, query: dict[str, str]) -> None:
        offset = int(query.get("offset", 0))
        with job.changed:
            job.changed.wait_for(lambda: len(job.output) > offset or job.exit is not None, float(query.get("wait", 0)))
            body = bytes(job.output[offset : offset + (1 << 20)])
            done = job.exit is not None
            reached = offset + len(body) == len(job.output)
            headers = {"x-job-state": "done" if done else "running", "x-job-next": str(offset + len(body))}
            if done and reached:
                headers |= {"x-job-exit": str(job.exit), "x-job-ended-by": job.ended_by, "x-job-survivors": "0"}
        return self.answer(200, body, headers)

    do_GET = do_PUT = do_POST = do_DELETE = handle_any

    def log_message(self, *_: object) -> None:
        """Stay quiet."""
