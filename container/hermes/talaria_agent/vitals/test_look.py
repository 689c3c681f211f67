"""One look at a home and a process that stand for Hermes."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from talaria_agent.surroundings import Surroundings
from talaria_agent.vitals.look import look

DIALS = "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[2]))); s.recv(1); print(flush=True); sys.stdin.read()"


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


@pytest.fixture
def place(tmp_path: Path) -> Surroundings:
    hermes = tmp_path / "home" / ".hermes"
    for folder in ("state", "logs", "cron"):
        (hermes / folder).mkdir(parents=True)
    return Surroundings(tmp_path / "home", tmp_path, tmp_path / "run", tmp_path / "managed", "127.0.0.1", "http://127.0.0.1:1")


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def gateway(server: socket.socket) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket]]:
    """A process that Hermes' books could call a gateway, connected to the server, which has said one byte."""
    port = server.getsockname()[1]
    environment = {**os.environ, "MATTERMOST_URL": f"http://127.0.0.1:{port}", "MATTERMOST_TOKEN": "tok-that-nobody-sees"}
    process = subprocess.Popen([sys.executable, "-c", DIALS, "gateway", str(port)], env=environment, stdin=-1, stdout=-1)
    accepted, _ = server.accept()
    with accepted:
        accepted.sendall(b"!")
        assert process.stdout is not None and process.stdin is not None
        process.stdout.readline()
        yield process, accepted
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def write_state(place: Surroundings, pid: int, **platforms: dict[str, Any]) -> None:
    record = {"pid": pid, "gateway_state": "running", "platforms": platforms}
    (place.hermes_home / "gateway_state.json").write_text(json.dumps(record))


def mattermost(place: Surroundings) -> dict[str, Any]:
    return next(platform for platform in look(place, {})["platforms"] if platform["name"] == "mattermost")


def test_a_home_where_nothing_ran_has_nothing_to_tell(place: Surroundings) -> None:
    told = look(place, {})
    assert (told["gatewayState"], told["heartbeatSeconds"], told["platforms"], told["missedJobs"]) == (None, None, [], [])
    assert told["errors"] == {"windowSeconds": 900, "count": 0, "last": None} and told["next"] is None and told["lines"] == []


def test_a_connected_platform_is_held_against_its_connection(
    place: Surroundings, server: socket.socket, gateway: tuple[subprocess.Popen[bytes], socket.socket]
) -> None:
    process, accepted = gateway
    write_state(place, process.pid, mattermost={"state": "connected", "updated_at": ago(30)}, api_server={"state": "connected"})
    alive = mattermost(place)
    assert (alive["hasSocket"], alive["silenceLimitSeconds"], alive["error"]) == (True, 120, None)
    assert alive["silentSeconds"] < 60 and 30 <= alive["stateSeconds"] < 90
    server.close()
    accepted.close()
    assert mattermost(place) == {**mattermost(place), "state": "connected", "hasSocket": False, "silentSeconds": None}


def test_the_managed_environment_has_the_last_word_on_where_a_platform_is(
    place: Surroundings, gateway: tuple[subprocess.Popen[bytes], socket.socket]
) -> None:
    write_state(place, gateway[0].pid, mattermost={"state": "connected", "updated_at": ago(1)})
    place.managed.mkdir()
    (place.managed / ".env").write_text("MATTERMOST_URL='http://192.0.2.1:1'\n")
    assert mattermost(place)["hasSocket"] is False


def test_of_a_platform_that_is_not_connected_its_error_is_told_without_secrets(place: Surroundings) -> None:
    broken = {"state": "fatal", "error_code": "bad_token", "error_message": "token=xoxb-1234567890-abcdefghij was refused"}
    write_state(place, 0, slack=broken)
    [slack] = look(place, {})["platforms"]
    assert slack == {
        "name": "slack", "state": "fatal", "error": "bad_token token=[secret] was refused", "stateSeconds": None,
        "hasSocket": None, "silentSeconds": None, "silenceLimitSeconds": None,
    }  # fmt: skip


def test_errors_are_those_of_the_last_quarter_of_an_hour(place: Surroundings) -> None:
    def line(seconds: float, words: str) -> str:
        return f"{(datetime.now() - timedelta(seconds=seconds)).strftime('%Y-%m-%d %H:%M:%S')},000 {words}\n"

    (place.hermes_home / "logs" / "errors.log").write_text(
        line(2000, "ERROR gateway.run: old")
        + line(90, "ERROR gateway.run: key=sk-live-0123456789abcdef refused")
        + line(60, "WARNING gateway.run: careful")
        + line(30, "ERROR tools.terminal: what somebody said")
        + "Traceback (most recent call last):\n"
        + line(20, "CRITICAL gateway.run: api_key=sk-live-0123456789abcdef refused")
    )
    told = look(place, {}, lines=2)
    assert told["errors"] == {"windowSeconds": 900, "count": 3, "last": "gateway.run: api_key=[secret] refused"}
    assert [entry["level"] for entry in told["lines"]] == ["error", "critical"]


def test_a_schedule_that_cannot_be_read_is_said_and_the_rest_is_told(place: Surroundings) -> None:
    (place.hermes_home / "cron" / "jobs.json").write_text("not json")
    told = look(place, {})
    assert "is not JSON" in told["scheduleProblem"] and told["next"] is None and told["missedJobs"] == []


def test_the_next_job_and_the_missed_ones_come_of_one_reading(place: Surroundings) -> None:
    jobs = [{"id": "late", "next_run_at": ago(900)}, {"id": "soon", "next_run_at": ago(-60)}]
    (place.hermes_home / "cron" / "jobs.json").write_text(json.dumps({"jobs": jobs}))
    told = look(place, {})
    assert [missed["id"] for missed in told["missedJobs"]] == ["late"] and told["next"]["id"] == "late"
