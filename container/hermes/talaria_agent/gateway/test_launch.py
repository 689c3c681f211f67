"""The launcher as a process, with a stand-in for `hermes` and one for the inside host."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from talaria_agent.configure.test_declaration import GOOD, inside_host
from talaria_agent.init.stopping import record_stopping
from talaria_agent.problem import ALREADY_RUNNING, INVALID_DATA, NOT_RESTORED, UNAVAILABLE, USAGE

BIN = Path(__file__).resolve().parents[2] / "bin"

STAND_IN = """#!{python}
import json, os, sys, time
seen = {{"argv": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd(), "pid": os.getpid()}}
print("a banner on stdout", flush=True)
with open(os.environ["HERMES_HOME"] + "/seen.part", "w") as file:
    json.dump(seen, file)
os.rename(file.name, os.environ["HERMES_HOME"] + "/seen.json")
time.sleep(float(os.environ.get("STAY", "0")))
sys.exit(int(os.environ.get("EXIT", "0")))
"""


class Container:
    """A container's folders, its environment, and its programs."""

    def __init__(self, root: Path, url: str) -> None:
        self.root = root
        self.home = root / "home" / ".hermes"
        hermes = root / "bin" / "hermes"
        hermes.parent.mkdir()
        hermes.write_text(STAND_IN.format(python=sys.executable))
        hermes.chmod(0o755)
        self.environment = {
            "PATH": f"{hermes.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "TALARIA_HOME": str(self.home.parent),
            "TALARIA_WORKSPACE": str(root / "ws"),
            "TALARIA_RUN": str(root / "run"),
            "HERMES_MANAGED_DIR": str(root / "etc"),
            "TALARIA_BIND": "127.0.0.9",
            "TALARIA_URL": url,
            "API_SERVER_KEY": "k" * 32,
        }

    def start(self, program: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, BIN / program, *arguments],
            env={**self.environment, **environment}, stdin=subprocess.DEVNULL, stdout=-1, stderr=-1,
        )

    def run(self, program: str, *arguments: str, **environment: str) -> tuple[int, str, str]:
        process = self.start(program, *arguments, **environment)
        out, err = process.communicate(timeout=60)
        return process.returncode, out.decode(), err.decode()

    def state(self, *arguments: str) -> dict[str, object]:
        code, out, err = self.run("talaria-state", *arguments)
        assert code == 0, err
        return json.loads(out)

    def wait_for_hermes(self) -> dict[str, object]:
        for _ in range(600):
            if (self.home / "seen.json").exists():
                return json.loads((self.home / "seen.json").read_text())
            time.sleep(0.05)
        raise AssertionError("the stand-in for hermes never ran")


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    with inside_host((200, json.dumps(GOOD))) as (url, _):
        yield Container(tmp_path, url)


def code_of(err: str) -> str:
    return json.loads(err)["error"]["code"]


def test_refuses_a_home_that_was_never_restored_and_touches_nothing(container: Container) -> None:
    code, _, err = container.run("talaria-gateway")
    assert (code, code_of(err)) == (NOT_RESTORED, "not_restored")
    assert not container.home.exists() and not (container.root / "etc").exists()


def test_turns_into_hermes_with_its_environment_in_the_workspace(container: Container) -> None:
    container.state("first-boot", "--boot-id", "b")
    gateway = container.start("talaria-gateway", STAY="30", SLACK_BOT_TOKEN="xoxb")
    seen = container.wait_for_hermes()
    gateway.kill()
    out, _ = gateway.communicate()
    assert seen["pid"] == gateway.pid and seen["cwd"] == str(container.root / "ws")
    assert seen["argv"] == ["gateway", "run", "--external-supervisor", "-q"]
    assert seen["env"]["API_SERVER_HOST"] == "127.0.0.9" and seen["env"]["SLACK_BOT_TOKEN"] == "xoxb"
    assert seen["env"]["TZ"] == "UTC"
    assert b"banner" not in out
    assert "banner" in (container.home / "logs" / "console.log").read_text()
    scope = json.loads((container.root / "etc" / "config.yaml").read_text())
    assert scope["gateway"]["api_server"]["max_concurrent_runs"] == 14
    assert container.state("show")["launch"]["step"] == "started"


def test_no_env_file_of_a_home_has_another_value_of_a_secret_variable(container: Container) -> None:
    container.state("first-boot", "--boot-id", "b")
    given = {"MINE": "it's new", "TALARIA_SECRET_NAMES": "MINE,GONE"}
    gateway = container.start("talaria-gateway", STAY="30", **given)
    container.wait_for_hermes()
    gateway.kill()
    gateway.communicate()
    pinned = (container.root / "etc" / ".env").read_text().splitlines()
    assert "MINE='it\\'s new'" in pinned and not any(line.startswith("GONE") for line in pinned)


def test_gives_hermes_the_declared_time_zone_and_options_and_no_env_file_of_a_home_another(tmp_path: Path) -> None:
    answer = {**GOOD, "environment": {}, "timezone": "Europe/Berlin", "extraArgs": ["--accept-hooks"]}
    with inside_host((200, json.dumps(answer))) as (url, _):
        container = Container(tmp_path, url)
        container.state("first-boot", "--boot-id", "b")
        code, _, err = container.run("talaria-gateway")
    assert code == 0, err
    seen = json.loads((container.home / "seen.json").read_text())
    assert seen["argv"] == ["gateway", "run", "--external-supervisor", "-q", "--accept-hooks"]
    assert (seen["env"]["TZ"], seen["env"]["HERMES_TIMEZONE"]) == ("Europe/Berlin", "Europe/Berlin")
    assert "HERMES_TIMEZONE='Europe/Berlin'" in (tmp_path / "etc" / ".env").read_text()
    assert json.loads((tmp_path / "etc" / "config.yaml").read_text())["timezone"] == "Europe/Berlin"


def test_seeds_a_login_that_hermes_finds_and_does_not_inherit(container: Container) -> None:
    container.state("first-boot", "--boot-id", "b")
    files = {"auth.json": {"content": '{"token": "hidden"}', "overwrite": False, "key": "authFile"}}
    code, out, err = container.run("talaria-gateway", TALARIA_SECRET_FILES=json.dumps(files))
    assert code == 0, err
    assert "authFile: auth.json was written" in out and "hidden" not in out + err
    assert (container.home / "auth.json").read_text() == '{"token": "hidden"}'
    assert "hidden" not in (container.home / "seen.json").read_text()


@pytest.mark.parametrize("code", [0, 1, 75, 78])
def test_the_exit_code_of_hermes_passes_through(container: Container, code: int) -> None:
    container.state("first-boot", "--boot-id", "b")
    assert container.run("talaria-gateway", EXIT=str(code))[0] == code


def test_a_second_gateway_is_refused_while_the_first_lives_and_allowed_after(container: Container) -> None:
    container.state("first-boot", "--boot-id", "b")
    first = container.start("talaria-gateway", STAY="60")
    container.wait_for_hermes()
    code, _, err = container.run("talaria-gateway")
    assert (code, code_of(err)) == (ALREADY_RUNNING, "already_running")
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert container.run("talaria-gateway")[0] == 0


def test_of_ten_starts_at_once_exactly_one_becomes_the_gateway(container: Container) -> None:
    container.state("first-boot", "--boot-id", "b")
    starts = [container.start("talaria-gateway", STAY="60") for _ in range(10)]
    gateway = container.wait_for_hermes()["pid"]
    codes = [start.wait(timeout=60) for start in starts if start.pid != gateway]
    assert codes == [ALREADY_RUNNING] * 9
    for start in starts:
        if start.pid == gateway:
            start.kill()
        start.communicate()


def test_a_signal_ends_hermes_itself(container: Container) -> None:
    container.state("first-boot", "--boot-id", "b")
    gateway = container.start("talaria-gateway", STAY="60")
    container.wait_for_hermes()
    gateway.terminate()
    gateway.communicate(timeout=30)
    assert gateway.returncode == -signal.SIGTERM


@pytest.mark.parametrize(("answer", "code"), [((404, ""), UNAVAILABLE), ((200, "{}"), INVALID_DATA)])
def test_a_start_without_a_declaration_says_why_and_leaves_it_in_the_record(
    tmp_path: Path, answer: tuple[int, str], code: int
) -> None:
    with inside_host(answer) as (url, _):
        container = Container(tmp_path, url)
        container.state("first-boot", "--boot-id", "b")
        exit_code, _, err = container.run("talaria-gateway")
        launch = container.state("show")["launch"]
    assert exit_code == code
    assert launch["step"] == "refused" and launch["problem"] == json.loads(err)["error"]
    assert not (tmp_path / "home" / ".hermes" / "seen.json").exists()


def test_a_container_that_ends_says_so_and_takes_no_gateway(container: Container) -> None:
    container.state("first-boot", "--boot-id", "b")
    assert container.state("show")["ending"] is False
    record_stopping(container.root / "run")
    assert container.state("show")["ending"] is True
    assert container.run("talaria-gateway")[0] == UNAVAILABLE


def test_arguments_are_refused(container: Container) -> None:
    assert container.run("talaria-gateway", "--help-me")[0] == USAGE


def test_the_schedule_is_shown_with_the_job_that_is_due_first(container: Container) -> None:
    jobs = {"jobs": [{"id": "a", "name": "A", "enabled": True, "next_run_at": "2026-11-21T12:00:00+01:00"}]}
    (container.home / "cron").mkdir(parents=True)
    (container.home / "cron" / "jobs.json").write_text(json.dumps(jobs))
    assert container.state("schedule") == {"jobs": jobs, "next": {"id": "a", "name": "A", "at": "2026-11-21T11:00:00.000Z"}}
