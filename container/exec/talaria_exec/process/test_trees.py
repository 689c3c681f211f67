import os
import signal
import uuid

import pytest

from talaria_exec.testing.box import eventually, processes_with

NEVER = "sleep 777"

DOUBLE_FORK = """python3 - <<'END'
import os, signal, time
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:
        os.closerange(0, 3)
        time.sleep(777)
    os._exit(0)
os.wait()
END
"""

TREES = {
    "a child": f"{NEVER} &",
    "a grandchild": f"({NEVER} & {NEVER}) &",
    "an orphan": f"( ({NEVER} &) )",
    "a child of its own session": f"setsid {NEVER} &",
    "a child of its own session, forked": f"setsid -f {NEVER}",
    "what ignores the hang-up": f"nohup {NEVER} >/dev/null &",
    "a child without the environment": f"env -i setsid {NEVER} &",
    "a child that ignores SIGTERM": f"(trap '' TERM; {NEVER}; {NEVER}) &",
    "a daemon by a double fork": DOUBLE_FORK,
    "a child that is stopped": f"{NEVER} & kill -STOP $!",
    "one that starts another when it is ended": f"(trap 'setsid {NEVER} & exit' TERM; while :; do sleep 0.1; done) &",
    "a thread that outlives the first one": "python3 -c 'import threading, time, ctypes; threading.Thread(target=time.sleep, args=(777,)).start(); ctypes.CDLL(None).pthread_exit(None)' &",
}


def below(mark):
    """Live processes that the job of this mark started, found by their working directory: also without environment."""
    found = []
    for entry in os.scandir("/proc"):
        try:
            if entry.name.isdecimal() and os.readlink(f"/proc/{entry.name}/cwd").endswith(mark):
                found.append(int(entry.name))
        except OSError:
            continue  # ended meanwhile, or a zombie
    return found


@pytest.fixture
def mark(box):
    name = uuid.uuid4().hex
    (box.workspace / name).mkdir()
    return name


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES.keys())
def test_a_deadline_leaves_nothing_of(tree, box, mark):
    end = box.run(f"{tree}\n{NEVER}", cwd=str(box.workspace / mark), deadlineSeconds=1)
    assert (end.exit, end.by, end.survivors) == (124, "deadline", 0)
    assert below(mark) == []


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES.keys())
def test_a_cancel_leaves_nothing_of(tree, box, mark):
    job = box.put(f"{tree}\ntouch up; {NEVER}", cwd=str(box.workspace / mark))
    eventually(lambda: (box.workspace / mark / "up").exists())
    assert box.ask("DELETE", f"/jobs/{job}").fields == {"survivors": 0}
    end = box.follow(job)
    assert (end.exit, end.by) == (130, "cancel")
    assert below(mark) == []


def test_a_command_has_time_to_end_itself(box, mark):
    end = box.run("trap 'echo bye; exit 9' TERM; while :; do sleep 0.05; done", deadlineSeconds=0.5)
    assert (end.output.endswith(b"bye\n"), end.exit) == (True, 124)


def test_a_cancel_while_the_deadline_ends_a_job_loses_no_word_of_its_end(box, mark):
    stubborn = "trap 'touch asked' TERM; while :; do sleep 0.05; done"
    job = box.put(stubborn, cwd=str(box.workspace / mark), deadlineSeconds=0.5)
    eventually(lambda: (box.workspace / mark / "asked").exists())
    assert box.ask("DELETE", f"/jobs/{job}").fields == {"survivors": 0}
    end = box.follow(job)
    assert (end.exit, end.by, end.survivors) == (124, "deadline", 0)


def test_output_without_end_is_ended(box):
    end = box.run("yes", deadlineSeconds=1, outputBytes=1000)
    assert (end.exit, end.bytes > 1_000_000, end.cut) == (124, True, end.bytes - 1000)


def test_two_jobs_run_side_by_side_and_one_is_ended_alone(box, mark):
    other = box.put("until test -e go-on; do sleep 0.05; done; echo whole", cwd=str(box.workspace / mark))
    job = box.put(f"setsid {NEVER} & {NEVER}")
    box.ask("DELETE", f"/jobs/{job}")
    (box.workspace / mark / "go-on").touch()
    assert box.follow(other).output == b"whole\n"


def test_a_job_that_kills_its_reaper_is_done_and_nothing_of_it_is_left(box, mark):
    end = box.run(f"setsid {NEVER} & {NEVER} & kill -9 $PPID; {NEVER}", cwd=str(box.workspace / mark))
    assert (end.exit, end.by, end.survivors) == (137, "exit", 0)
    assert below(mark) == []
    assert box.run("echo on").output == b"on\n"


def test_a_job_that_stops_its_reaper_is_ended_all_the_same(box, mark):
    end = box.run(f"kill -STOP $PPID; {NEVER}", cwd=str(box.workspace / mark), deadlineSeconds=1)
    assert (end.exit, end.by, end.survivors) == (124, "deadline", 0)
    assert below(mark) == []


def test_a_job_goes_first_when_memory_is_out(box):
    assert box.run("cat /proc/self/oom_score_adj; cat /proc/$PPID/oom_score_adj").output.split()[0] == b"800"


def test_a_fork_bomb_is_ended_and_the_next_command_runs(own_box):
    assert own_box.run("id -u").output != b"0\n"  # root has no limit of processes
    end = own_box.run("b() { b | b & }; b; sleep 60", deadlineSeconds=1)
    assert (end.exit, end.survivors) == (124, 0)
    assert own_box.run("echo on").output == b"on\n"


def test_nothing_outlives_a_supervisor_that_is_killed(own_box):
    mark = uuid.uuid4().hex
    (own_box.workspace / mark).mkdir(mode=0o777)
    (own_box.workspace / mark).chmod(0o777)
    job = own_box.put(f"env -i setsid {NEVER} & touch up; (trap '' TERM; {NEVER})", cwd=str(own_box.workspace / mark))
    eventually(lambda: (own_box.workspace / mark / "up").exists())
    own_box.process.send_signal(signal.SIGKILL)
    own_box.process.wait()
    eventually(lambda: below(mark) == [] and not processes_with(str(own_box.folder)))
    own_box.process = own_box.start()
    own_box.wait_until_it_answers()
    assert own_box.ask("GET", f"/jobs/{job}").status == 404


def test_a_supervisor_whose_spawner_is_killed_ends_so_that_another_can_start(own_box):
    own_box.put("kill -9 $(ps -o ppid= -p $PPID); sleep 777")
    assert own_box.process.wait(30) == 70
    own_box.process = own_box.start()
    own_box.wait_until_it_answers()
    assert own_box.run("echo on").output == b"on\n"
