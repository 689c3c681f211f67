import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from talaria_exec.use.sources import of_cgroup, of_first_cgroup, of_machine, of_processes, sent

Tree = Callable[[dict[str, str]], Path]


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Writes files as the kernel would show them."""

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path

    return write


CPU = {"cpu.stat": "usage_usec 12345678\nuser_usec 10000000\nsystem_usec 2345678\n"}
MEMORY = {"memory.current": "300000000\n", "memory.stat": "anon 200000000\nfile 90000000\ninactive_anon 5\ninactive_file 40000000\n"}


def test_a_cgroup_tells_time_and_memory_without_what_would_be_dropped_at_once(tree: Tree) -> None:
    assert of_cgroup(tree({**CPU, **MEMORY})) == (12.345678, 260_000_000)


def test_the_root_of_a_machine_is_no_cgroup_of_the_container(tree: Tree) -> None:
    assert of_cgroup(tree(CPU)) is None
    assert of_cgroup(tree({}) / "missing") is None


def test_a_cgroup_of_the_first_version_tells_the_same_but_for_the_root_of_a_machine(tree: Tree) -> None:
    files = {
        "memory/memory.usage_in_bytes": "300000000\n",
        "memory/memory.stat": "cache 1\ninactive_file 7\ntotal_inactive_file 40000000\n",
        "cpuacct/cpuacct.usage": "12345678900\n",
    }
    of_docker = tree({**files, "self/cgroup": "5:cpu,cpuacct:/docker/d\n4:memory:/docker/d\n0::/docker/d\n"})
    assert of_first_cgroup(of_docker, of_docker) == (12.3456789, 260_000_000)
    of_root = tree({"self/cgroup": "5:cpu,cpuacct:/\n4:memory:/\n0::/init\n"})
    assert of_first_cgroup(of_root, of_root) is None
    assert of_first_cgroup(of_root / "missing", of_root) is None


def test_a_machine_tells_the_time_that_no_cpu_was_idle_and_the_memory_that_is_not_available(tree: Tree) -> None:
    ticks = os.sysconf("SC_CLK_TCK")
    # user nice system idle iowait irq softirq steal guest guest_nice: a guest's time is user's too
    cpu = f"cpu  {10 * ticks} {ticks} {5 * ticks} {999 * ticks} {77 * ticks} {2 * ticks} {3 * ticks} {55 * ticks} {4 * ticks} 0\ncpu0 1 1 1\n"
    proc = tree({"stat": cpu, "meminfo": "MemTotal:  4000 kB\nMemFree:  100 kB\nMemAvailable:  3000 kB\n"})
    assert of_machine(proc) == (21.0, 1_024_000)


def test_a_machine_without_those_files_tells_nothing(tree: Tree) -> None:
    assert of_machine(tree({"stat": "cpu 1 2\n"})) == (None, None)


def a_process(pid: int, environ: str, times: str, pages: int) -> dict[str, str]:
    fields = f"S 1 {pid} {pid} 0 -1 4194560 0 0 0 0 {times} 20 0 1 0 5 1000 {pages} 18446744073709551615"
    return {f"{pid}/environ": environ, f"{pid}/stat": f"{pid} (a) b (c) {fields}"}


def test_processes_with_the_mark_are_summed_with_the_children_that_they_waited_for(tree: Tree) -> None:
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
    mark, longer = "TALARIA_ENGINE_PROCESS=e.c", "TALARIA_ENGINE_PROCESS=e.c2"
    proc = tree(
        {
            **a_process(7, f"A=1\0{mark}\0", f"{ticks} {2 * ticks} {3 * ticks} {4 * ticks}", 100),
            **a_process(8, mark, f"{ticks} 0 0 0", 50),
            **a_process(9, longer, f"{99 * ticks} 0 0 0", 9_999),
            "10/stat": "ended, or another's",
            "self/environ": mark,
        }
    )
    assert of_processes(mark.encode(), proc) == (11.0, 150 * page)


def test_what_left_is_what_every_interface_but_the_loopback_sent(tree: Tree) -> None:
    files = {f"{name}/statistics/tx_bytes": f"{bytes_}\n" for name, bytes_ in (("lo", 5_000), ("eth0", 300), ("eth1", 20))}
    assert sent(tree({**files, "bonding_masters": "eth0\n"})) == 320
    assert sent(tree({}) / "missing") is None


def test_a_real_process_is_found_by_its_mark() -> None:
    code = "import sys; sum(range(3_000_000)); print(flush=True); sys.stdin.read()"
    mark = f"TALARIA_ENGINE_PROCESS=of-this-test.{os.getpid()}"
    name, _, value = mark.partition("=")
    ours = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, name: value}, stdin=-1, stdout=-1, text=True)
    assert ours.stdout is not None and ours.stdin is not None
    ours.stdout.readline()
    seconds, memory = of_processes(mark.encode())
    assert seconds > 0 and memory > 1_000_000
    ours.stdin.close()
    assert ours.wait(10) == 0
    assert of_processes(mark.encode()) == (0, 0)
