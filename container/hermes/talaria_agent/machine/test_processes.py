import os
import socket
import subprocess
import sys
from pathlib import Path

from talaria_agent.machine.processes import ports, processes, sockets


def test_names_the_processes_of_this_container_and_no_other_of_the_machine(tmp_path: Path) -> None:
    code = "import socket, sys; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); print(s.getsockname()[1], flush=True); sys.stdin.read()"
    ours = subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, "TALARIA_RUN": str(tmp_path)}, stdin=-1, stdout=-1, text=True
    )
    assert ours.stdout is not None and ours.stdin is not None
    port = int(ours.stdout.readline())
    with socket.create_server(("127.0.0.1", 0)):  # this test's own is another container's
        found = processes(tmp_path, shares_machine=True)
        assert [process["pid"] for process in found] == [ours.pid]
        assert found[0]["rssBytes"] > 1_000_000 and found[0]["name"].startswith("python")
        expected = {"port": port, "address": "127.0.0.1", "pid": ours.pid}
        assert ports(sockets([ours.pid]), shares_machine=True) == [expected]
        assert expected in ports(sockets([ours.pid]), shares_machine=False)
        assert {**expected, "pid": None} in ports({}, shares_machine=False)  # root may not see whose it is
    ours.stdin.close()
    assert ours.wait(10) == 0


def test_names_every_process_where_the_container_is_a_machine_of_its_own(tmp_path: Path) -> None:
    assert os.getpid() in [process["pid"] for process in processes(tmp_path, shares_machine=False)]
