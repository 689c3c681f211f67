"""Hermes' own classes over jobs. Run by `test_with_hermes.py` with Hermes' Python; the folder HERMES_HOME is its fixture's."""

import base64
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tools.environments.base import BaseEnvironment
from tools.interrupt import set_interrupt

from talaria_agent.terminal.environment import TalariaEnvironment
from talaria_agent.terminal.provider import TalariaTerminal
from talaria_agent.terminal.testing.inside_exec import InsideExec


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[InsideExec]:
    server = InsideExec(tmp_path)
    yield server
    server.close()


@pytest.fixture
def env(inside: InsideExec, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> TalariaEnvironment:
    home = tmp_path / "hermes-home"
    (home / "skills").mkdir(parents=True)
    monkeypatch.setenv("HERMES_HOME", str(home))
    return make(inside)


def terminal_of(inside: InsideExec) -> TalariaTerminal:
    return TalariaTerminal({"TALARIA_URL": inside.url, "TALARIA_WORKSPACE": str(inside.workspace)})


def make(inside: InsideExec, task: str = "default") -> TalariaEnvironment:
    return terminal_of(inside).create_environment(cwd=str(inside.workspace), timeout=60, task_id=task)


def output(result: dict) -> str:
    assert result["returncode"] == 0, result
    return result["output"]


def test_it_is_hermes_own_kind_of_environment(env: BaseEnvironment) -> None:
    assert isinstance(env, BaseEnvironment)


def test_an_environment_that_runs_nothing_asks_nothing(env: TalariaEnvironment, inside: InsideExec) -> None:
    env.cleanup()
    assert inside.asked == []


def test_commands_have_output_and_exit_codes(env: TalariaEnvironment) -> None:
    assert output(env.execute("echo hello; echo error >&2")) == "hello\nerror\n"
    assert env.execute("exit 7")["returncode"] == 7
    assert env.execute("false")["returncode"] == 1
    assert env.execute("no-such-program")["returncode"] == 127


def test_directory_and_exports_reach_the_next_command(env: TalariaEnvironment, inside: InsideExec) -> None:
    output(env.execute("mkdir -p 'a b' && cd 'a b' && export GREETING=\"ho'la\" && alias hi='echo alias'"))
    assert env.cwd == str(inside.workspace / "a b")
    assert output(env.execute('pwd; echo "$GREETING"')) == f"{inside.workspace}/a b\nho'la\n"


def test_the_shells_memory_lies_in_the_workspace(env: TalariaEnvironment, inside: InsideExec) -> None:
    output(env.execute("true"))
    assert Path(env._snapshot_path).is_relative_to(inside.workspace / ".talaria")
    assert (inside.workspace / ".talaria").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_is_not_there_is_said(env: TalariaEnvironment) -> None:
    result = env.execute("true", cwd="/no/such/folder")
    assert result["returncode"] == 126 and "cd: " in result["output"]


def test_a_timeout_is_124_with_what_was_written(env: TalariaEnvironment, inside: InsideExec) -> None:
    output(env.execute("true"))
    result = env.execute("echo before; sleep 600", timeout=1)
    assert result["returncode"] == 124 and "before" in result["output"]
    assert "[Command timed out after 1s]" in result["output"] and result["hermes_timed_out"] is True
    assert all(job.process.poll() is not None for job in inside.jobs.values())


def test_a_containers_start_does_not_count_as_the_commands_time(env: TalariaEnvironment, inside: InsideExec) -> None:
    output(env.execute("true"))
    inside.start_delay.clear()
    threading.Timer(2.5, inside.start_delay.set).start()
    assert output(env.execute("echo there", timeout=1)) == "there\n"


def test_an_interrupt_is_130_and_ends_the_process(env: TalariaEnvironment, inside: InsideExec) -> None:
    output(env.execute("true"))
    results: list[dict] = []
    turn = threading.Thread(target=lambda: results.append(env.execute("echo up; sleep 600", bounded_capture=True)))
    turn.start()
    until(lambda: len(inside.started) > 1 and b"up" in inside.jobs[inside.started[-1]].output)
    set_interrupt(True, turn.ident)
    turn.join(30)
    set_interrupt(False, turn.ident)
    assert results[0]["returncode"] == 130 and "[Command interrupted]" in results[0]["output"]
    assert inside.jobs[inside.started[-1]].process.poll() is not None


def test_an_interrupt_while_the_container_starts_is_heard(env: TalariaEnvironment, inside: InsideExec) -> None:
    output(env.execute("true"))
    inside.start_delay.clear()
    results: list[dict] = []
    turn = threading.Thread(target=lambda: results.append(env.execute("sleep 600")))
    turn.start()
    before = len(inside.asked)
    until(lambda: len(inside.asked) > before or turn.ident is not None)
    set_interrupt(True, turn.ident)
    until(lambda: any(asked.startswith("DELETE") for asked in inside.asked))
    inside.start_delay.set()
    turn.join(30)
    set_interrupt(False, turn.ident)
    assert results[0]["returncode"] == 130
    until(lambda: all(job.process.poll() is not None for job in inside.jobs.values()))


def test_ten_megabytes_come_whole_to_a_tool_and_bounded_to_the_model(env: TalariaEnvironment) -> None:
    command = "head -c 10000000 /dev/zero | tr '\\0' x"
    assert output(env.execute(command)).rstrip("\n") == "x" * 10_000_000
    bounded = env.execute(command, bounded_capture=True)
    assert bounded["returncode"] == 0 and len(bounded["output"]) < 100_000


def test_stdin_takes_all_256_byte_values(env: TalariaEnvironment) -> None:
    data = bytes(range(256))
    result = env.execute("base64 -w0", stdin_data=data.decode("utf-8", "surrogateescape"))
    assert base64.b64decode(output(result)) == data


def test_stdin_that_is_no_text_at_all_is_reported(env: TalariaEnvironment) -> None:
    result = env.execute("cat", stdin_data="\ud800")
    assert result["stdin_error"] and result["returncode"] != 0


def test_stdin_stays_out_of_the_command(env: TalariaEnvironment, inside: InsideExec) -> None:
    env.execute("cat >/dev/null", stdin_data="secret words")
    command = base64.b64decode(inside.orders[-1][2]["command"])
    assert b"secret words" not in command


def test_a_command_of_five_megabytes_runs(env: TalariaEnvironment) -> None:
    output(env.execute("true"))
    # Below `execute`: Hermes' own search for `sudo` in a command takes minutes for five megabytes.
    job = env._run_bash(env._wrap_command(f"x='{'y' * 5_000_000}'; echo ${{#x}}", env.cwd))
    assert env._wait_for_process(job)["output"].startswith("5000000\n")


def test_five_megabytes_of_stdin_arrive(env: TalariaEnvironment) -> None:
    assert output(env.execute("wc -c", stdin_data="y" * 5_000_000)).strip() == "5000000"


def test_a_background_child_does_not_hold_the_command(env: TalariaEnvironment) -> None:
    assert output(env.execute("sleep 600 & echo started")) == "started\n"


def test_only_the_models_own_call_is_of_kind_terminal(env: TalariaEnvironment, inside: InsideExec) -> None:
    env.execute("echo one", bounded_capture=True)
    env.execute("echo two")
    kinds = [(order["kind"], b"echo" in base64.b64decode(order["command"])) for _, _, order in inside.orders]
    assert [kind for kind, _ in kinds] == ["tool", "terminal", "tool"]
    assert inside.orders[1][2]["timeoutSeconds"] == 60
    assert [order.get("shown") for _, _, order in inside.orders] == [None, "echo one", "echo two"]


def test_a_task_has_a_session_of_its_own(inside: InsideExec, env: TalariaEnvironment) -> None:
    env.execute("true")
    make(inside, "session:slack:C1").execute("true")
    names = set(inside.sessions)
    assert "default" in names and len(names) == 2


def test_a_refusal_is_a_result_and_not_an_exception(env: TalariaEnvironment, inside: InsideExec) -> None:
    inside.refusal = (429, "execBusy", "All 4 boxes are taken. Wait for a command to end, then send it again.")
    result = env.execute("echo never", bounded_capture=True)
    assert result["returncode"] == 75 and "All 4 boxes are taken" in result["output"]
    assert len([asked for asked in inside.asked if asked.startswith("PUT")]) == 1
    inside.refusal = None
    output(env.execute("export KEPT=1", bounded_capture=True))
    assert output(env.execute("echo $KEPT")) == "1\n"


def test_a_refusal_in_the_middle_of_a_session_is_a_result_too(env: TalariaEnvironment, inside: InsideExec) -> None:
    env.execute("true")
    inside.refusal = (429, "execBudget", "Today's box-minutes are used up.")
    result = env.execute("echo never", bounded_capture=True)
    assert result["returncode"] == 75 and "box-minutes" in result["output"]


def test_connections_that_break_lose_nothing_and_repeat_nothing(env: TalariaEnvironment, inside: InsideExec) -> None:
    for _ in range(5):
        inside.reset_answers = 2
        output(env.execute("echo line >> counted"))
    inside.reset_half = 3
    assert output(env.execute("cat counted; head -c 3000000 /dev/zero | tr '\\0' x")).count("line\n") == 5
    assert len(inside.started) == len(set(inside.started)) == 7


def test_a_replaced_workspace_is_told_once_and_the_shell_is_made_again(env: TalariaEnvironment, inside: InsideExec) -> None:
    output(env.execute("export OLD=1"))
    inside.lose_workspace()
    result = env.execute("echo \"[$OLD]\"", bounded_capture=True)
    assert output(result) == "[]\n" and result["environment_recreated"] is True
    again = env.execute("export NEW=1", bounded_capture=True)
    assert "environment_recreated" not in again
    assert output(env.execute("echo $NEW")) == "1\n"


def test_a_tool_that_meets_the_new_workspace_first_leaves_the_telling_to_the_model(env: TalariaEnvironment, inside: InsideExec) -> None:
    output(env.execute("true"))
    inside.lose_workspace()
    assert "environment_recreated" not in env.execute("true")
    assert env.execute("true", bounded_capture=True)["environment_recreated"] is True


def test_nothing_of_the_gateways_environment_goes_along(env: TalariaEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    monkeypatch.setenv("API_SERVER_KEY", "key-secret")
    assert "secret" not in output(env.execute("env"))


def test_what_the_passthrough_names_goes_along_and_into_no_file(
    env: TalariaEnvironment, inside: InsideExec, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tools.env_passthrough import clear_env_passthrough, register_env_passthrough

    monkeypatch.setenv("MY_SKILL_SETTING", "of-the-skill")
    register_env_passthrough(["MY_SKILL_SETTING"])
    try:
        assert output(env.execute("echo $MY_SKILL_SETTING")) == "of-the-skill\n"
        output(env.execute("export OTHER=1"))
    finally:
        clear_env_passthrough()
    kept = "".join(path.read_text() for path in (inside.workspace / ".talaria").iterdir())
    assert "OTHER" in kept and "of-the-skill" not in kept


def test_skills_run_over_there_and_cost_no_request_when_nothing_changed(
    env: TalariaEnvironment, inside: InsideExec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERMES_FORCE_FILE_SYNC", "1")
    script = Path(os.environ["HERMES_HOME"]) / "skills" / "greet" / "scripts" / "hello.sh"
    script.parent.mkdir(parents=True)
    script.write_text("#!/bin/sh\necho hello from a skill\n")
    script.chmod(0o755)
    base = inside.workspace / ".home" / ".hermes" / "skills" / "greet"
    assert output(env.execute(f"{base}/scripts/hello.sh")) == "hello from a skill\n"
    before = len(inside.started)
    env.execute("true")
    assert len(inside.started) == before + 1
    script.write_text("#!/bin/sh\necho another\n")
    assert output(env.execute(f"{base}/scripts/hello.sh")) == "another\n"
    inside.lose_workspace()
    env.execute("true")
    assert output(env.execute(f"{base}/scripts/hello.sh")) == "another\n"
    script.unlink()
    assert env.execute(f"{base}/scripts/hello.sh")["returncode"] == 127


def test_a_session_that_is_opened_again_is_not_brought_its_skills_again(
    env: TalariaEnvironment, inside: InsideExec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERMES_FORCE_FILE_SYNC", "1")
    (Path(os.environ["HERMES_HOME"]) / "skills" / "note.md").write_text("a skill")
    there = inside.workspace / ".home" / ".hermes" / "skills" / "note.md"
    terminal = terminal_of(inside)

    def jobs_of_a_first_command() -> int:
        before = len(inside.started)
        opened = terminal.create_environment(cwd=str(inside.workspace), timeout=60)
        result = opened.execute("true", bounded_capture=True)
        opened.cleanup()
        assert there.read_text() == "a skill" and "environment_recreated" not in result
        return len(inside.started) - before

    assert [jobs_of_a_first_command() for _ in range(2)] == [3, 2]
    inside.lose_workspace()
    assert jobs_of_a_first_command() == 3


def test_many_commands_at_once_do_not_mix(env: TalariaEnvironment) -> None:
    results: dict[int, str] = {}

    def one(number: int) -> None:
        results[number] = env.execute(f"echo {number}; head -c 20000 /dev/zero | tr '\\0' {number}")["output"]

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {number: text[:2] + str(len(text)) for number, text in results.items()} == {n: f"{n}\n20002" for n in range(8)}


def test_an_environment_that_hermes_closes_lets_its_session_rest_once(env: TalariaEnvironment, inside: InsideExec) -> None:
    env.execute("true")
    env.cleanup()
    env.cleanup()
    assert inside.rests == 1


def test_a_closed_environment_starts_nothing_for_hermes_last_hooks(env: TalariaEnvironment, inside: InsideExec) -> None:
    env.execute("true")
    env.cleanup()
    asked = len(inside.asked)
    assert env.execute("true")["returncode"] == 126 and len(inside.asked) == asked


def test_an_unreachable_inside_host_lets_hermes_close_the_environment(env: TalariaEnvironment, inside: InsideExec) -> None:
    env.execute("true")
    inside.close()
    env.cleanup()


def test_a_file_comes_out_of_the_sandbox_byte_for_byte(env: TalariaEnvironment, inside: InsideExec, tmp_path: Path) -> None:
    data = os.urandom(2_000_000)
    (inside.workspace / "made.bin").write_bytes(data)
    env.fetch_file(f"{inside.workspace}/made.bin", tmp_path / "here", max_bytes=4_000_000)
    assert (tmp_path / "here").read_bytes() == data


def test_another_workspace_over_there_is_led_to(inside: InsideExec, env: TalariaEnvironment, tmp_path: Path) -> None:
    terminal = TalariaTerminal({"TALARIA_URL": inside.url, "TALARIA_WORKSPACE": str(tmp_path / "agents-own")})
    moved = terminal.create_environment(cwd=str(tmp_path / "agents-own"), timeout=60)
    assert output(moved.execute("pwd", cwd=str(tmp_path / "agents-own"))) == f"{inside.workspace}\n"
    assert output(moved.execute("export A=1; mkdir sub; cd sub")) == ""
    assert output(moved.execute("echo $A; pwd")) == f"1\n{inside.workspace}/sub\n"


def until(condition) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never came true")
