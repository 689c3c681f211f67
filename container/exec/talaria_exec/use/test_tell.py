import json
import os
import subprocess
from pathlib import Path

from talaria_exec.use.tell import ENGINE_MARK, use

PROGRAM = Path(__file__).parent.parent.parent / "bin" / "talaria-exec"


def test_a_cgroup_of_its_own_goes_before_the_machine(tmp_path: Path) -> None:
    (tmp_path / "memory.current").write_text("1000")
    (tmp_path / "cpu.stat").write_text("usage_usec 2000000")
    told = use({}, cgroup=tmp_path, network=tmp_path / "missing")
    assert (told["cpuSeconds"], told["memoryBytes"], told["sentBytes"]) == (2.0, 1000, None)
    assert told["diskBytes"]
    assert use({}, cgroup=tmp_path / "missing")["cpuSeconds"] != 2.0


def test_on_a_machine_that_is_everyones_only_the_containers_own_processes_count(tmp_path: Path) -> None:
    told = use({ENGINE_MARK: "nobody.here"}, proc=tmp_path)
    assert told == {"cpuSeconds": 0.0, "memoryBytes": 0, "diskBytes": None, "sentBytes": None}


def test_the_program_prints_one_line_of_this_container() -> None:
    environment = {name: value for name, value in os.environ.items() if name != ENGINE_MARK}
    for extra in ({}, {ENGINE_MARK: f"of-this-test.{os.getpid()}"}):
        ran = subprocess.run([PROGRAM, "use"], env={**environment, **extra}, capture_output=True, text=True, check=True)
        told = json.loads(ran.stdout)
        assert list(told) == ["cpuSeconds", "memoryBytes", "diskBytes", "sentBytes"]
        assert told["cpuSeconds"] > 0 and told["memoryBytes"] > 1_000_000  # with the mark: the program itself
        assert (told["diskBytes"] is None) == (ENGINE_MARK in extra)


def test_other_words_are_refused() -> None:
    ran = subprocess.run([PROGRAM, "using"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (64, "") and "serve | use" in ran.stderr
