import hashlib
import json

import pytest

from talaria_exec.testing.box import eventually, processes_with


def test_runs_a_command_in_the_workspace_with_both_outputs_in_order(box):
    end = box.run('echo out; echo err >&2; pwd; echo "$HOME $MORE"; exit 3', env={"MORE": "ü"})
    home = box.workspace / ".home"
    assert end.output.decode() == f"out\nerr\n{box.workspace}\n{home} ü\n"
    assert (end.exit, end.by, end.cut, end.survivors) == (3, "exit", 0, 0)
    assert home.is_dir()


def test_an_id_starts_one_job_whatever_is_repeated(box):
    job = box.put("echo once >>times; sleep 0.2", job="the-same")
    for _ in range(3):
        box.put("echo again >>times", job="the-same")
    box.follow(job)
    assert (box.workspace / "times").read_text() == "once\n"
    assert box.ask("POST", f"/jobs/{job}/forget").status == 200
    assert box.ask("GET", f"/jobs/{job}").fields["code"] == "jobUnknown"
    again = box.ask("PUT", f"/jobs/{job}", json.dumps({"command": "dHJ1ZQ==", "deadlineSeconds": 1, "outputBytes": 1}).encode())
    assert (again.status, again.fields["code"]) == (410, "jobForgotten")


def test_a_running_job_is_not_forgotten(box):
    job = box.put("sleep 20")
    assert box.ask("POST", f"/jobs/{job}/forget").status == 409
    assert box.ask("GET", "/health").fields["jobs"] == 1
    assert box.ask("DELETE", f"/jobs/{job}").fields == {"survivors": 0}
    assert box.follow(job).exit == 130


def test_says_what_prevents_a_command(box):
    end = box.run("echo never", cwd="/nowhere/ü")
    assert end.exit == 126 and "/nowhere/ü" in end.output.decode()
    assert box.run("nonesuch").exit == 127
    assert box.ask("PUT", "/jobs/j", b"[]").fields["code"] == "requestMalformed"
    assert box.ask("PUT", "/jobs/j", b'{"command": "a"}').fields["code"] == "requestMalformed"
    assert box.ask("GET", "/elsewhere").fields["code"] == "routeUnknown"


def test_shows_output_as_it_comes_and_by_offset(box):
    job = box.put("echo first; until test -e go; do sleep 0.05; done; echo last")
    reply = box.read(job)
    assert (reply.body, reply.headers["x-job-state"], reply.headers["x-job-next"]) == (b"first\n", "running", "6")
    assert box.read(job, offset=6, wait=0.1).body == b""
    (box.workspace / "go").touch()
    assert box.follow(job).output == b"first\nlast\n"
    pieces = [box.read(job, offset=offset, limit=4) for offset in range(0, 11, 4)]
    assert [piece.body for piece in pieces] == [b"firs", b"t\nla", b"st\n"]
    assert ["x-job-exit" in piece.headers for piece in pieces] == [False, False, True]
    beyond = box.read(job, offset=2**53 - 1)
    assert (beyond.body, beyond.headers["x-job-exit"]) == (b"", "0")


def test_ten_megabytes_come_whole(box):
    end = box.run("seq 1 1400000 | head -c 10000000")
    whole = b"".join(b"%d\n" % number for number in range(1, 1_400_001))[:10_000_000]
    assert (len(end.output), end.cut, end.bytes) == (10_000_000, 0, 10_000_000)
    assert hashlib.sha256(end.output).digest() == hashlib.sha256(whole).digest()


@pytest.mark.parametrize("limit", [16 << 20, 100_000, 1])
def test_of_forty_megabytes_the_head_and_the_tail_stay_and_the_cut_is_said(box, limit):
    end = box.run("seq -f %09.0f 0 3999999", outputBytes=limit)
    whole = b"".join(b"%09d\n" % number for number in range(4_000_000))
    notice = f"\n[… {len(whole) - limit} bytes of output cut …]\n".encode()
    assert end.output == whole[: limit // 2] + notice + whole[len(whole) - (limit - limit // 2) :]
    assert (end.bytes, end.cut) == (40_000_000, 40_000_000 - limit)


def test_a_cut_shorter_than_the_notice_is_presented_by_any_offset(box):
    job = box.put("printf 0123456789", outputBytes=8)
    whole = box.follow(job).output
    assert whole == "0123\n[… 2 bytes of output cut …]\n6789".encode()
    assert b"".join(box.read(job, offset=at, limit=1).body for at in range(len(whole))) == whole


def test_stdin_is_exactly_the_bytes_then_its_end(box):
    every = bytes(range(256)) * 4096
    end = box.run("sha256sum; cat", stdin=every)
    assert end.output.decode().split()[0] == hashlib.sha256(every).hexdigest()
    assert box.run("cat; echo none", stdin=None).output == b"none\n"
    assert box.run("cat; echo empty", stdin=b"").output == b"empty\n"


def test_a_command_may_be_longer_than_an_argument(box):
    padding = "#" + "x" * 5_000_000
    end = box.run(f'{padding}\necho "$0 $# $(cat)"; exit 5', stdin=b"in")
    assert (end.output, end.exit) == (b"bash 0 in\n", 5)


@pytest.mark.parametrize("command", ["ls /proc/self/fd", f"#{'x' * 200_000}\nls /proc/self/fd"], ids=["short", "long"])
def test_a_command_gets_three_descriptors_and_no_other(box, command):
    assert box.run(command).output == b"0\n1\n2\n3\n"  # 3 is the folder that ls reads


def test_the_end_of_the_leader_is_the_end_of_the_job(box):
    end = box.run("(sleep 0.3; echo late; echo on >late) & sleep 31.41592 & echo done")
    assert (end.output, end.exit) == (b"done\n", 0)
    eventually(lambda: (box.workspace / "late").exists())  # it goes on, also when nobody reads what it writes
    assert processes_with("31.41592")


def test_a_done_job_is_cancelled_with_what_it_left(box):
    job = box.put("setsid sleep 27.18281 & echo $!")
    assert box.follow(job).exit == 0
    assert processes_with("27.18281")
    assert box.ask("DELETE", f"/jobs/{job}").fields == {"survivors": 0}
    assert not processes_with("27.18281")
    assert box.follow(job).exit == 0


def test_a_terminal_takes_input_once_and_has_the_size_that_is_told(box):
    job = box.put("", tty={"rows": 24, "cols": 80}, env={"PS1": "$ "})
    typed = b"stty size; tty | cut -c1-8; echo $((40+2))\n"
    assert box.ask("POST", f"/jobs/{job}/input?offset=0", typed).fields == {"next": len(typed)}
    assert box.ask("POST", f"/jobs/{job}/input?offset=0", typed).fields == {"next": len(typed)}
    eventually(lambda: b"\n42" in box.read(job, wait=0).body)
    assert box.ask("POST", f"/jobs/{job}/window", b'{"rows": 50, "cols": 132}').status == 200
    box.ask("POST", f"/jobs/{job}/input?offset={len(typed)}", b"stty size; exit 7\n")
    end = box.follow(job)
    said = [line.rpartition(b"\r")[2] for line in end.output.replace(b"\r\n", b"\n").split(b"\n")]
    assert [said.count(line) for line in (b"24 80", b"/dev/pts", b"42", b"50 132")] == [1, 1, 1, 1]
    assert end.exit == 7


def test_a_terminal_ends_with_its_input(box):
    job = box.put("cat", tty={"rows": 1, "cols": 1})
    assert box.ask("POST", f"/jobs/{job}/input?offset=0&end=1", b"last\n").fields == {"next": 5}
    assert box.follow(job).exit == 0
    plain = box.put("true")
    assert box.ask("POST", f"/jobs/{plain}/input?offset=0", b"x").fields["code"] == "jobWithoutTerminal"


def test_a_fed_job_takes_its_input_while_it_runs_each_piece_once(box):
    job = box.put("while read -r line; do echo \"got $line\"; done; echo over", feed=60)

    def feed(offset: int, text: bytes, end: str = "") -> int:
        return int(box.ask("POST", f"/jobs/{job}/input?offset={offset}{end}", text).fields["next"])

    assert feed(0, b"one\n") == 4
    assert box.read(job).body == b"got one\n"
    assert feed(0, b"one\n") == 4  # a repeated request
    assert feed(4, b"two\n", "&end=1") == 8
    assert box.follow(job).output == b"got one\ngot two\nover\n"
    assert feed(8, b"late\n") == 8


def test_a_fed_job_has_no_window_and_what_nobody_reads_is_taken_in_part(box):
    job = box.put("sleep 30", feed=60)
    assert box.ask("POST", f"/jobs/{job}/window", b'{"rows": 1, "cols": 1}').status == 409
    assert 0 < int(box.ask("POST", f"/jobs/{job}/input?offset=0", b"x" * 1_000_000).fields["next"]) < 1_000_000
    assert box.ask("DELETE", f"/jobs/{job}").fields == {"survivors": 0}


def test_a_fed_job_that_nobody_reads_ends_and_another_goes_on(box):
    left, read = box.put("sleep 60", feed=1), box.put("sleep 60", feed=60)
    # A look past the end, as the Worker has them, is no reading.
    eventually(lambda: box.read(left, 1 << 50, wait=0).headers["x-job-state"] == "done")
    assert box.follow(left).by == "cancel"
    assert box.read(read, wait=0).headers["x-job-state"] == "running"
    box.ask("DELETE", f"/jobs/{read}")
