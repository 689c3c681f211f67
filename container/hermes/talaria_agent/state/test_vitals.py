"""What can be read of a gateway without asking it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from talaria_agent.state.vitals import gateway_alive, gateway_vitals


def test_a_home_where_nothing_ran_reads_as_dead(tmp_path: Path) -> None:
    vitals = gateway_vitals(tmp_path)
    assert (vitals["alive"], vitals["pid"], vitals["state"], vitals["cleanShutdown"]) == (False, None, None, False)


def test_a_record_that_says_running_does_not_make_a_dead_process_alive(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / "gateway_state.json").write_text(json.dumps({"pid": gone.pid, "gateway_state": "running"}))
    vitals = gateway_vitals(tmp_path)
    assert (vitals["state"], vitals["alive"]) == ("running", False)


def test_a_stranger_with_the_gateways_number_is_not_the_gateway() -> None:
    assert gateway_alive(os.getpid()) is False


def test_a_zombie_is_not_alive() -> None:
    zombie = subprocess.Popen([sys.executable, "-c", "", "gateway"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    assert gateway_alive(zombie.pid) is False
    zombie.wait()


def test_a_living_gateway_is_summarised(tmp_path: Path) -> None:
    gateway = subprocess.Popen([sys.executable, "-c", "print(flush=True); input()", "gateway"], stdin=-1, stdout=-1)
    gateway.stdout.readline()
    record = {"pid": gateway.pid, "gateway_state": "running", "active_agents": 2, "platforms": {"api_server": {"state": "connected"}}}
    (tmp_path / "gateway_state.json").write_text(json.dumps(record))
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "gateway.heartbeat").touch()
    (tmp_path / ".clean_shutdown").touch()
    vitals = gateway_vitals(tmp_path)
    gateway.communicate(b"\n")
    assert vitals["alive"] and vitals["activeAgents"] == 2 and vitals["platforms"] == {"api_server": "connected"}
    assert vitals["cleanShutdown"] and vitals["heartbeatAgeSeconds"] is not None


def test_a_half_written_state_file_reads_as_nothing(tmp_path: Path) -> None:
    (tmp_path / "gateway_state.json").write_text('{"pid": 1')
    assert gateway_vitals(tmp_path)["state"] is None
