"""`talaria-exec use`: one JSON line of what this container uses. CPU and bytes sent are counted since its boot."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from talaria_exec.use.sources import CGROUP, NETWORK, PROC, disk_used, of_cgroup, of_first_cgroup, of_machine, of_processes, sent

ENGINE_MARK = "TALARIA_ENGINE_PROCESS"
"""What the process engine gives to each process of a container, and nothing else does: there the machine is everyone's."""


def use(
    environment: Mapping[str, str], *, proc: Path = PROC, cgroup: Path = CGROUP, network: Path = NETWORK
) -> dict[str, float | int | None]:
    """Read from the first source that is the container's alone."""
    mark = environment.get(ENGINE_MARK)
    if mark:
        seconds, memory = of_processes(os.fsencode(f"{ENGINE_MARK}={mark}"), proc)
        return {"cpuSeconds": seconds, "memoryBytes": memory, "diskBytes": None, "sentBytes": None}
    cpu, used = of_cgroup(cgroup) or of_first_cgroup(cgroup, proc) or of_machine(proc)
    return {"cpuSeconds": cpu, "memoryBytes": used, "diskBytes": disk_used(), "sentBytes": sent(network)}


def main() -> int:
    """Print it."""
    print(json.dumps(use(os.environ)))
    return 0
