import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from talaria_agent.init.stopping import record_stopping, require_staying
from talaria_agent.problem import Problem

INIT = Path(__file__).resolve().parents[2] / "bin" / "talaria-init"
PATIENCE = 30.0

SERVER = """
import signal, sys, time, pathlib
signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path(sys.argv[1], 'order').open('a').write('server\\n'), sys.exit(0)))
pathlib.Path(sys.argv[1], 'up').touch()
time.sleep(60)
"""
GATEWAY = """
import signal, sys, time, pathlib
signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.5), pathlib.Path(sys.argv[1], 'order').open('a').write('hermes\\n'), sys.exit(1)))
pathlib.Path(sys.argv[1], 'gateway-up').touch()
time.sleep(60)
"""


@pytest.fixture
def environment(tmp_path):
    names = {"TALARIA_HOME": "home", "TALARIA_WORKSPACE": "workspace", "TALARIA_RUN": "run"}
    folders = {name: str(tmp_path / folder) for name, folder in names.items()}
    (tmp_path / "run").mkdir()
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, **folders, "TALARIA_BIND": "127.0.0.1", "TALARIA_URL": "http://127.0.0.1:1", "PATH": path}


def wait_for(path):
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} did not come"
        time.sleep(0.02)


def start(environment, *command):
    return subprocess.Popen([sys.executable, INIT, *command], env=environment, stdout=subprocess.PIPE, text=True)


def test_ends_with_the_code_of_a_server_that_ends_by_itself(environment):
    assert start(environment, sys.executable, "-c", "raise SystemExit(7)").wait(PATIENCE) == 7


def test_drains_hermes_then_makes_the_last_snapshot_then_ends_the_server(environment, tmp_path):
    snapshot = tmp_path / "talaria-last-snapshot"
    snapshot.write_text(f"#!/bin/sh\necho snapshot >> {tmp_path}/order\n")
    snapshot.chmod(0o755)
    gateway = subprocess.Popen([sys.executable, "-c", GATEWAY, str(tmp_path), "gateway"])
    launch = {"step": "started", "pid": gateway.pid, "at": "2026-01-01T00:00:00.000+00:00", "problem": None}
    (tmp_path / "run" / "launch.json").write_text(json.dumps(launch))
    init = start(environment, sys.executable, "-c", SERVER, str(tmp_path))
    wait_for(tmp_path / "up")
    wait_for(tmp_path / "gateway-up")
    init.send_signal(signal.SIGTERM)
    # This test, not process 1, is the gateway's parent here: it has to reap.
    assert gateway.wait(PATIENCE) == 1
    assert init.wait(PATIENCE) == 0
    assert (tmp_path / "order").read_text().split() == ["hermes", "snapshot", "server"]
    with pytest.raises(Problem, match="drains"):
        require_staying(tmp_path / "run")


def test_a_container_that_stays_lets_a_gateway_start(tmp_path):
    require_staying(tmp_path)
    record_stopping(tmp_path)
    with pytest.raises(Problem):
        require_staying(tmp_path)


def test_says_what_it_could_not_start(environment):
    init = start(environment, "/nowhere/server")
    assert init.wait(PATIENCE) == 127
    assert init.stdout is not None and "/nowhere/server" in init.stdout.read()
