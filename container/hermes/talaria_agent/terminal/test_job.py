"""Jobs against a server that runs them as real bash processes, and that fails as a Worker does."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from talaria_agent.terminal.door import Door, DoorShut
from talaria_agent.terminal.job import Job, Kind, Order
from talaria_agent.terminal.testing.inside_exec import InsideExec

GREETING = b"__NEW__\n"


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[InsideExec]:
    server = InsideExec(tmp_path)
    yield server
    server.close()


def run(
    inside: InsideExec, command: str, stdin: bytes | None = None, *, kind: Kind = "tool", limit: float = 60, patience: float = 20,
    greeting: bytes = b"",
) -> tuple[str, Job]:  # fmt: skip
    job = Job(Door(inside.url, "s", patience=patience), Order(command, kind, limit, stdin, greeting=greeting))
    with job.stdout as stream:
        output = stream.read()
    job.wait(30)
    return output, job


def test_a_job_gives_output_and_exit_code(inside: InsideExec) -> None:
    output, job = run(inside, "echo out; echo err >&2; exit 3")
    assert output == "out\nerr\n" and job.returncode == 3 and job.ended_by == "exit"


def test_output_comes_while_the_job_runs(inside: InsideExec) -> None:
    job = Job(Door(inside.url, "s"), Order("echo first; until [ -e gate ]; do sleep 0.05; done; echo second", "tool", 60))
    assert job.stdout.readline() == "first\n"
    (inside.workspace / "gate").touch()
    assert job.stdout.read() == "second\n" and job.wait(30) == 0


def test_every_byte_of_stdin_arrives(inside: InsideExec) -> None:
    output, job = run(inside, "od -An -v -tu1 | tr -s ' \\n' ' '", bytes(range(256)))
    assert job.returncode == 0 and output.split() == [str(value) for value in range(256)]


def test_a_command_without_stdin_reads_an_end(inside: InsideExec) -> None:
    assert run(inside, "cat; echo end")[0] == "end\n"


def test_a_command_of_five_megabytes_runs(inside: InsideExec) -> None:
    output, job = run(inside, f"x='{'y' * 5_000_000}'; echo ${{#x}}")
    assert output == "5000000\n" and job.returncode == 0


def test_ten_megabytes_of_output_arrive_whole_through_resets_in_the_middle(inside: InsideExec) -> None:
    inside.reset_half = 4
    output, job = run(inside, "head -c 10000000 /dev/zero | tr '\\0' x; printf end")
    assert len(output) == 10_000_003 and output.endswith("xend") and job.returncode == 0


def test_a_lost_answer_runs_nothing_twice(inside: InsideExec) -> None:
    inside.reset_answers = 3
    output, job = run(inside, "echo once >> ran; cat ran")
    assert output == "once\n" and job.returncode == 0
    assert inside.started == [job.name]
    assert len([asked for asked in inside.asked if asked.startswith("PUT")]) == 4


def test_a_worker_that_is_being_replaced_is_asked_again(inside: InsideExec) -> None:
    inside.say = [(502, {}, b"bad gateway"), (503, {"retry-after": "1"}, b'{"error":{"code":"waking","message":"m"}}'), (500, {}, b"")]
    output, job = run(inside, "echo there")
    assert output == "there\n" and job.returncode == 0 and inside.started == [job.name]


def test_an_unreachable_worker_ends_the_job_with_words_when_patience_is_out(inside: InsideExec) -> None:
    inside.say = [(502, {}, b"")] * 50
    output, job = run(inside, "echo never", patience=0.5)
    assert job.returncode == 75 and "did not answer" in output and job.refused is not None


@pytest.mark.parametrize(("status", "code"), [(429, 75), (503, 75), (413, 126)])
def test_a_refusal_is_output_that_can_be_acted_on(inside: InsideExec, status: int, code: int) -> None:
    inside.refusal = (status, "execSomething", "All boxes are taken; wait for a command to end.")
    output, job = run(inside, "echo never")
    assert output == "[sandbox] This command was not run: All boxes are taken; wait for a command to end.\n"
    assert job.returncode == code
    assert len([asked for asked in inside.asked if asked.startswith("PUT")]) == 1


def test_a_job_that_exec_does_not_know_any_more_is_lost(inside: InsideExec) -> None:
    job = Job(Door(inside.url, "s"), Order("while echo a; do sleep 0.1; done", "tool", 60))
    assert job.stdout.readline() == "a\n"
    inside.unknown.add(job.name)
    assert "result is lost: No such job." in job.stdout.read()
    assert job.wait(30) == 137 and job.ended_by == "lost"


def test_kill_ends_the_process(inside: InsideExec) -> None:
    job = Job(Door(inside.url, "s"), Order("echo up; sleep 600", "tool", 600))
    assert job.stdout.readline() == "up\n"
    job.kill()
    assert job.wait(30) == 130 and job.ended_by == "cancel"
    assert inside.jobs[job.name].process.poll() is not None


def test_a_job_that_is_killed_while_its_container_starts_does_not_stay(inside: InsideExec) -> None:
    inside.start_delay.clear()
    job = Job(Door(inside.url, "s"), Order("sleep 600", "tool", 600))
    killer = threading.Thread(target=job.kill)
    killer.start()
    inside.start_delay.set()
    killer.join(30)
    assert job.wait(30) == 130
    assert inside.jobs[job.name].process.wait(30) is not None


def test_the_deadline_travels_with_the_job(inside: InsideExec) -> None:
    output, job = run(inside, "echo before; sleep 600", limit=0.3)
    assert (output, job.returncode, job.ended_by) == ("before\n", 124, "deadline")


def test_what_was_read_is_forgotten(inside: InsideExec) -> None:
    door = Door(inside.url, "s")
    job = Job(door, Order("true", "tool", 60))
    job.wait(30)
    for _ in range(200):
        if inside.forgotten:
            break
        threading.Event().wait(0.02)
    assert inside.forgotten == [job.name]


def test_notices_come_before_the_output_of_a_terminal_call_and_once(inside: InsideExec) -> None:
    inside.notices = ["The sandbox was replaced: what lay in /workspace is gone."]
    assert run(inside, "echo tool")[0] == "tool\n"
    first, _ = run(inside, "echo one", kind="terminal")
    assert first == "[sandbox] The sandbox was replaced: what lay in /workspace is gone.\none\n"
    assert run(inside, "echo two", kind="terminal")[0] == "two\n"


@pytest.mark.parametrize(
    ("command", "output", "greeted"),
    [
        ("printf '__NEW__\\nrest'", "rest", True),
        ("printf '__NEW__\\n'", "", True),
        ("printf '__NE'; sleep 0.2; printf 'W__\\nx'", "x", True),
        ("printf '__NE'", "__NE", False),
        ("printf 'other __NEW__\\n'", "other __NEW__\n", False),
        ("true", "", False),
    ],
)
def test_a_greeting_is_kept_out_of_the_output(inside: InsideExec, command: str, output: str, greeted: bool) -> None:
    seen, job = run(inside, command, greeting=GREETING)
    assert (seen, job.greeted) == (output, greeted)


def test_a_door_goes_on_after_its_connections_were_closed(inside: InsideExec) -> None:
    door = Door(inside.url, "s", patience=0)
    door.ask("POST", "/rest", {})
    for connection in door._idle:
        assert connection.sock is not None
        connection.sock.shutdown(2)
    door.ask("POST", "/rest", {})
    assert inside.rests == 2


def test_patience_of_nothing_is_one_try() -> None:
    with pytest.raises(DoorShut):
        Door("http://127.0.0.1:9", "s", patience=0).ask("POST", "/rest", {})
