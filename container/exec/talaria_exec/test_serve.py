import os
import shutil
import signal

import pytest

from talaria_exec.testing.box import PROGRAM, Box, eventually, processes_with


def test_a_second_start_ends_at_once_while_the_first_serves(box):
    job = box.put("sleep 0.5; echo whole")
    assert [box.start().wait(30) for _ in range(3)] == [0, 0, 0]
    assert box.follow(job).output == b"whole\n"


def test_starts_at_once_are_one(box):
    starts = [box.start() for _ in range(4)]
    assert [start.wait(30) for start in starts] == [0] * 4


def test_sigterm_ends_every_job_and_leaves_nothing(own_box):
    own_box.put("env -i setsid sleep 16.18033 & (trap '' TERM; sleep 777)")
    eventually(lambda: processes_with("16.18033"))
    own_box.process.send_signal(signal.SIGTERM)
    assert own_box.process.wait(30) == 0
    eventually(lambda: not processes_with("16.18033") and not processes_with(str(own_box.folder)))
    assert os.listdir(own_box.temporary) == []
    own_box.process = own_box.start()
    own_box.wait_until_it_answers()


def test_jobs_do_not_find_the_supervisor():
    box = Box(environment={"PATH": f"{PROGRAM.parent}:/usr/bin:/bin"})
    try:
        assert box.run("echo $PATH").output == b"/usr/bin:/bin\n"
    finally:
        box.close()


def test_a_job_that_ends_every_python_of_its_user_does_not_end_the_supervisor(box):
    pid = box.process.pid
    end = box.run(f"kill {pid}; kill -INT {pid}; kill -HUP {pid}; cat /proc/{pid}/comm /proc/$PPID/comm; cat /proc/{pid}/status | grep ^Name")
    assert end.output == b"talaria-exec\ntalaria-exec\nName:\ttalaria-exec\n"
    assert box.run("echo on").output == b"on\n"
    assert box.process.poll() is None


def test_says_what_it_uses_and_runs(box):
    box.run("head -c 12345 /dev/zero >zeros")
    health = box.ask("GET", "/health").fields
    assert (health["workspace"], health["version"] != "", health["jobs"]) == (str(box.workspace), True, 0)


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("unshare") is None, reason="a small disk needs root and unshare")
def test_a_full_disk_ends_neither_the_supervisor_nor_its_jobs():
    mounts = 'mount -t tmpfs -o size=24m tmpfs "$TALARIA_SMALL" && mkdir -p "$TALARIA_WORKSPACE" "$TMPDIR" && exec "$@"'
    box = Box(before=["unshare", "-m", "sh", "-c", 'TALARIA_SMALL="${TMPDIR%/tmp}"; ' + mounts, "sh"])
    try:
        filled = box.run("head -c 100M /dev/zero >fill; ls -s fill >/dev/null && echo filled")
        assert b"No space left" in filled.output and b"filled" in filled.output
        end = box.run("seq -f %09.0f 0 399999")  # 4 MB that no file has room for
        assert (end.exit, end.bytes) == (0, 4_000_000)
        assert end.output.startswith(b"000000000\n") and end.output.endswith(b"000399999\n")
        assert end.cut > 0 and f"{end.cut} bytes of output cut".encode() in end.output
        reply = box.ask("POST", "/workspace/pack", b'{"sinceMark": null, "limitBytes": 1000000000}')
        put = box.ask("PUT", "/workspace/file?path=more", b"x" * 1_000_000)
        assert (reply.fields["code"], put.fields["code"]) == ("diskFull", "diskFull")
        assert box.run("rm fill; seq -f %09.0f 0 399999").cut == 0
    finally:
        box.close()
