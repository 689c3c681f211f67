"""The launcher with a real Hermes, where one is named: TALARIA_TEST_HERMES_BIN=<bin folder of its venv>."""

import json
import os
import random
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

HERMES_BIN = os.environ.get("TALARIA_TEST_HERMES_BIN", "")
BIN = Path(__file__).resolve().parents[2] / "bin"
KEY = "k3y-of-the-api-server-0123456789"
DECLARATION = {"settings": {}, "environment": {}, "model": {"default": "openai/canned", "contextLength": 131072}}

pytestmark = pytest.mark.skipif(not HERMES_BIN, reason="TALARIA_TEST_HERMES_BIN names no Hermes")


class InsideHost(ThreadingHTTPServer):
    """A stand-in for the inside host: the declaration, and a model that repeats the last message."""

    def __init__(self) -> None:
        self.prompts: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), InsideHandler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class InsideHandler(BaseHTTPRequestHandler):
    server: InsideHost

    def answer(self, status: int, data: object) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        known = self.path == "/declaration"
        self.answer(200 if known else 404, DECLARATION if known else {})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path != "/model/v1/chat/completions":
            return self.answer(404, {})
        self.server.prompts.append({**asked, "authorization": self.headers["Authorization"]})
        message = {"role": "assistant", "content": f"echo: {str(asked['messages'][-1]['content'])[-60:]}"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        whole = {"id": "c", "object": "chat.completion", "created": 0, "model": "m", "usage": usage}
        if not asked.get("stream"):
            return self.answer(200, {**whole, "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
        chunk = {**whole, "object": "chat.completion.chunk"}
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for data in (
            {**chunk, "usage": None, "choices": [{"index": 0, "delta": message, "finish_reason": None}]},
            {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        ):
            self.wfile.write(f"data: {json.dumps(data)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


class Gateway:
    """A container's worth of folders with a real gateway in it."""

    def __init__(self, root: Path, inside: InsideHost) -> None:
        self.home = root / "home" / ".hermes"
        self.address = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.{random.randint(2, 254)}"
        self.environment = {
            "PATH": f"{BIN}:{HERMES_BIN}:/usr/bin:/bin", "HOME": str(root), "TMPDIR": str(root),
            "TALARIA_HOME": str(self.home.parent), "TALARIA_WORKSPACE": str(root / "ws"), "TALARIA_RUN": str(root / "run"),
            "HERMES_MANAGED_DIR": str(root / "etc"), "TALARIA_BIND": self.address, "API_SERVER_KEY": KEY,
            "TALARIA_URL": f"http://127.0.0.1:{inside.server_port}",
            # Hermes refuses its usual home below a pytest, taking it for a developer's own.
            "HERMES_STATE_DB_GUARD_BYPASS": "1",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def state(self, *arguments: str, **environment: str) -> dict[str, Any]:
        given = {**self.environment, **environment}
        return json.loads(subprocess.run([BIN / "talaria-state", *arguments], env=given, check=True, stdout=-1).stdout)

    def start(self) -> None:
        self.process = subprocess.Popen([BIN / "talaria-gateway"], env=self.environment, start_new_session=True, stdout=-1)
        until(lambda: self.ask("/health") is not None and self.state("show")["gateway"]["warm"])

    def ask(self, path: str, body: object = None) -> dict[str, Any] | None:
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        try:
            request = urllib.request.Request(f"http://{self.address}:8642{path}", data, headers)
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path} answered {error.code}: {error.read().decode()}") from error
        except OSError:
            return None

    def chat(self, text: str) -> str:
        answer = self.ask("/v1/chat/completions", {"model": "any", "messages": [{"role": "user", "content": text}]})
        assert answer is not None
        return answer["choices"][0]["message"]["content"]


def until(condition: Callable[[], bool]) -> None:
    """Wait for `condition`, two minutes at most."""
    for _ in range(480):
        if condition():
            return
        time.sleep(0.25)
    raise AssertionError("it never came true")


@pytest.fixture
def inside() -> Iterator[InsideHost]:
    server = InsideHost()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def gateway(tmp_path: Path, inside: InsideHost) -> Iterator[Gateway]:
    made = Gateway(tmp_path, inside)
    made.state("first-boot", "--boot-id", "b")
    yield made
    if made.process is not None:
        if made.process.poll() is None:
            os.killpg(made.process.pid, signal.SIGKILL)
        made.process.communicate()


def test_the_first_prompt_after_ready_is_as_whole_as_a_later_one(gateway: Gateway, inside: InsideHost) -> None:
    gateway.start()
    assert gateway.chat("say one") == "echo: say one"
    assert gateway.chat("say two") == "echo: say two"
    first, second = [prompt for prompt in inside.prompts if prompt.get("tools")][:2]
    assert first["model"] == "openai/canned" and first["authorization"] == "Bearer talaria-adds-the-key"
    assert len(first["tools"]) == len(second["tools"])
    assert len(str(first["messages"][0])) == len(str(second["messages"][0])) > 3000


def test_an_old_key_in_the_homes_env_file_does_not_lock_the_worker_out(gateway: Gateway) -> None:
    gateway.home.mkdir(parents=True)
    (gateway.home / ".env").write_text(f"API_SERVER_KEY={'o' * 32}\nAPI_SERVER_PORT=1\n")
    gateway.start()
    assert gateway.chat("hello") == "echo: hello"


def test_a_job_that_was_due_while_the_bot_slept_runs_after_its_home_is_restored(
    gateway: Gateway, inside: InsideHost
) -> None:
    at = (datetime.now(UTC) - timedelta(seconds=10)).isoformat()
    once = {"kind": "once", "run_at": at, "display": "once"}
    job = {"id": "a1b2c3d4e5f6", "name": "soon", "prompt": "REMEMBER THIS", "schedule": once, "schedule_display": "once",
           "repeat": {"times": 1, "completed": 0}, "enabled": True, "state": "scheduled", "next_run_at": at, "deliver": "local"}
    (gateway.home / "cron").mkdir(parents=True)
    (gateway.home / "cron" / "jobs.json").write_text(json.dumps({"jobs": [job]}))
    assert gateway.state("schedule")["next"]["id"] == job["id"]
    gateway.start()
    until(lambda: any("REMEMBER THIS" in str(prompt["messages"]) for prompt in inside.prompts))
    until(lambda: gateway.state("schedule")["next"] is None)
    assert gateway.state("schedule")["jobs"]["jobs"][0]["last_status"] == "ok"


def test_sigterm_ends_an_idle_gateway_cleanly_and_it_starts_again(gateway: Gateway) -> None:
    gateway.start()
    assert gateway.process is not None
    gateway.process.terminate()
    gateway.process.communicate(timeout=60)
    vitals = gateway.state("show")["gateway"]
    assert vitals["cleanShutdown"] is True and vitals["alive"] is False
    gateway.start()
    assert gateway.chat("again") == "echo: again"
