"""Runs as files and locks, seen from another process."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from talaria_agent.problem import Problem
from talaria_agent.runs.claim import KEPT
from talaria_agent.runs.ending import end_run
from talaria_agent.runs.folder import all_runs, find_run, wait_for_end

PACKAGE = Path(__file__).resolve().parents[2]
FRAME = """
import pathlib, subprocess, sys, time
sys.path.insert(0, sys.argv[1])
from talaria_agent.problem import Problem
from talaria_agent.runs.work import perform
place, run = pathlib.Path(sys.argv[2]), sys.argv[3]
"""
WAITING = """
def body(work):
    with work.step("waiting"):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], pass_fds=work.locks)
        print(child.pid, flush=True)
        child.wait()
    return {"outcome": "made"}
perform(place, run, "snapshot", lambda _: "failed", body)
"""
ENDING = "print(perform(place, run, 'snapshot', lambda _: 'failed', lambda work: {body}))\n"


def start(place: Path, run: str, script: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", FRAME + script, str(PACKAGE), str(place), run]
    return subprocess.Popen(command, stdout=-1, stderr=subprocess.DEVNULL, text=True)


def waiting(place: Path, run: str) -> tuple[subprocess.Popen[str], int]:
    """A run, and the id of its child, both at work."""
    process = start(place, run, WAITING)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_a_run_says_what_it_is_at_and_what_became_of_it(tmp_path: Path) -> None:
    process, child = waiting(tmp_path, "a")
    state = find_run(tmp_path, "a").state()
    assert (state["alive"], state["kind"], state["progress"]["step"], state["result"]) == (True, "snapshot", "waiting", None)
    os.kill(child, signal.SIGKILL)
    process.communicate(timeout=60)
    over = wait_for_end(find_run(tmp_path, "a"), 30)
    assert over["alive"] is False and over["result"]["outcome"] == "made" and "waiting" in over["result"]["steps"]


def test_a_run_lives_as_long_as_a_child_of_it_does_and_both_are_ended(tmp_path: Path) -> None:
    process, _ = waiting(tmp_path, "a")
    process.kill()
    process.wait()
    folder = find_run(tmp_path, "a")
    assert folder.alive, "the child still holds the lock"
    with pytest.raises(Problem, match="under way"):
        from talaria_agent.runs.claim import claim_run

        claim_run(tmp_path, "b", "snapshot")
    assert end_run(folder)["alive"] is False
    assert folder.result() is None, "nobody was left to write one"


def test_a_run_that_is_asked_to_end_leaves_a_result(tmp_path: Path) -> None:
    process, _ = waiting(tmp_path, "a")
    state = end_run(find_run(tmp_path, "a"))
    process.communicate(timeout=60)
    assert (state["alive"], state["result"]["problem"]["code"]) == (False, "run_interrupted")


@pytest.mark.parametrize(
    ("body", "code"),
    [("1 / 0", "run_broken"), ("open('/nowhere/x')", "disk_failed"), ("(_ for _ in ()).throw(OSError(28, 'full'))", "disk_full")],
)
def test_what_nobody_foresaw_is_a_result_too(tmp_path: Path, body: str, code: str) -> None:
    start(tmp_path, "a", ENDING.format(body=body)).communicate(timeout=60)
    result = find_run(tmp_path, "a").result()
    assert result is not None and (result["outcome"], result["problem"]["code"]) == ("failed", code)


def test_only_the_last_runs_are_kept(tmp_path: Path) -> None:
    for number in range(KEPT + 5):
        folder = tmp_path / "runs" / f"old{number:03}"
        folder.mkdir(parents=True)
        (folder / "lock").write_text(json.dumps({"pid": 1, "kind": "snapshot"}))
        os.utime(folder, (number, number))
    start(tmp_path, "new", ENDING.format(body="{'outcome': 'made'}")).communicate(timeout=60)
    names = [folder.run for folder in all_runs(tmp_path)]
    assert len(names) == KEPT and names[-1] == "new" and names[0] == "old006"


@pytest.mark.parametrize("run", ["../x", "", "a/b", "x" * 81, ".hidden"])
def test_an_id_that_could_lead_elsewhere_is_refused(tmp_path: Path, run: str) -> None:
    with pytest.raises(Problem):
        find_run(tmp_path, run)


@pytest.mark.skipif(sys.platform != "linux", reason="the policy is Linux' own")
@pytest.mark.parametrize(("urgent", "policy"), [(False, "SCHED_IDLE"), (True, "SCHED_OTHER")])
def test_a_run_and_its_children_give_way_to_a_chat_unless_the_bot_waits_for_it(tmp_path: Path, urgent: bool, policy: str) -> None:
    asking = "import os; print(os.sched_getscheduler(0), os.nice(0))"
    body = f"dict(outcome=subprocess.run([sys.executable, '-c', '{asking}'], capture_output=True, text=True).stdout)"
    script = f"print(perform(place, run, 'any', lambda _: 'failed', lambda work: {body}, urgent={urgent})['outcome'])"
    told, _ = start(tmp_path, "a", script).communicate(timeout=60)
    own_niceness = os.nice(0)
    assert told.split() == [str(getattr(os, policy)), str(own_niceness if urgent else 19)]
