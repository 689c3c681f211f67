"""The program that waits for the last snapshot, with a stand-in for the Agent."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from talaria_agent.problem import UNAVAILABLE

PROGRAMS = Path(__file__).resolve().parents[2]

RUN = """
import sys, time, pathlib
sys.path.insert(0, sys.argv[1])
from talaria_agent.runs.claim import claim_run
folder, _ = claim_run(pathlib.Path(sys.argv[2]), "last", "snapshot")
time.sleep(1)
folder.finish({"run": "last", "outcome": "made"})
"""


@contextmanager
def agent(
    status: int, body: object, started: Callable[[], object] = lambda: None, saving: Callable[[], object] = lambda: False
) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            started()
            self.answer(status, body)

        def do_GET(self) -> None:
            self.answer(200, {"saving": saving()})

        def answer(self, status: int, body: object) -> None:
            self.send_response(status if self.path == "/ending" else 404)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def ask(tmp_path: Path, url: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ, "TALARIA_HOME": str(tmp_path / "home"), "TALARIA_WORKSPACE": str(tmp_path), "TALARIA_RUN": str(tmp_path / "run"),
        "TALARIA_BIND": "127.0.0.1", "TALARIA_URL": url,
    }
    command = [sys.executable, PROGRAMS / "bin" / "talaria-last-snapshot"]
    return subprocess.run(command, env=environment, text=True, stdout=-1, stderr=-1, timeout=120)


def test_waits_until_the_run_that_the_agent_started_has_ended_and_the_agent_has_read_its_result(tmp_path: Path) -> None:
    runs: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        runs.append(subprocess.Popen([sys.executable, "-c", RUN, PROGRAMS, tmp_path / "run"]))

    answers = [None, True, True, False]

    with agent(200, {"run": "last"}, start, lambda: answers.pop(0)) as url:
        asked = ask(tmp_path, url)
    assert asked.returncode == 0, asked.stderr
    assert answers == []
    assert json.loads((tmp_path / "run/runs/last/result.json").read_text())["outcome"] == "made"
    assert runs[0].wait(60) == 0


def test_an_agent_that_refuses_or_is_gone_holds_nothing_up(tmp_path: Path) -> None:
    with agent(409, {"error": {"code": "x"}}) as url:
        refused = ask(tmp_path, url)
    assert refused.returncode == UNAVAILABLE and "409" in json.loads(refused.stderr)["error"]["message"]
    assert ask(tmp_path, "http://127.0.0.1:1").returncode == UNAVAILABLE
