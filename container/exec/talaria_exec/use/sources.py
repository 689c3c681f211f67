"""Where the kernel tells what a container uses. None stands for what a source does not tell."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")
CGROUP = Path("/sys/fs/cgroup")
NETWORK = Path("/sys/class/net")


def of_cgroup(cgroup: Path = CGROUP) -> tuple[float, int] | None:
    """CPU seconds and bytes of memory of the container's own cgroup (version 2): every process that ever was in it, page cache that
    is in use included, what the kernel would drop at once not. None where the container has none: the root of a machine has no
    `memory.current`."""
    current = _number(cgroup / "memory.current")
    micros = _field(cgroup / "cpu.stat", "usage_usec")
    if current is None or micros is None:
        return None
    return micros / 1e6, max(0, current - (_field(cgroup / "memory.stat", "inactive_file") or 0))


def of_first_cgroup(cgroup: Path = CGROUP, proc: Path = PROC) -> tuple[float, int] | None:
    """The same by the first version of cgroups. There a machine's root has all files that a container's has; which one this is, says the
    way to it."""
    ways = [line.split(":", 2) for line in _lines(proc / "self" / "cgroup")]
    if not any("memory" in way[1].split(",") and way[2] != "/" for way in ways if len(way) == 3):
        return None
    current = _number(cgroup / "memory" / "memory.usage_in_bytes")
    nanos = _number(cgroup / "cpuacct" / "cpuacct.usage")
    if current is None or nanos is None:
        return None
    return nanos / 1e9, max(0, current - (_field(cgroup / "memory" / "memory.stat", "total_inactive_file") or 0))


def of_machine(proc: Path = PROC) -> tuple[float | None, int | None]:
    """The same of the whole machine, for a container that is a virtual one (Cloudflare): time that no CPU was idle, waited for a disk
    or was taken by the host; memory that a new program could not have. The guest's kernel counts too."""
    ticks = _words(proc / "stat", "cpu")
    busy = None if len(ticks) < 7 else sum(int(ticks[at]) for at in (0, 1, 2, 5, 6)) / os.sysconf("SC_CLK_TCK")
    total, available = (_field(proc / "meminfo", name) for name in ("MemTotal:", "MemAvailable:"))
    return busy, None if total is None or available is None else (total - available) * 1024


def of_processes(mark: bytes, proc: Path = PROC) -> tuple[float, int]:
    """The same of the processes that have `mark` (`NAME=value`) in their environment, for a machine that is shared: their own time and
    that of children that they have waited for, their resident pages. What an orphan used goes with it, so that time may fall; pages that
    two share count twice."""
    seconds, resident = 0.0, 0
    for folder in proc.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if mark not in (folder / "environ").read_bytes().split(b"\0"):
                continue
            fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
        except OSError:
            continue  # it has ended meanwhile, or is another user's
        seconds += sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
        resident += int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
    return seconds, resident


def sent(network: Path = NETWORK) -> int | None:
    """Bytes that have left through every interface but the loopback, whatever their way: those to the Worker too, which cost nothing."""
    if not network.is_dir():
        return None
    found = [_number(interface / "statistics" / "tx_bytes") for interface in network.iterdir() if interface.name != "lo"]
    return sum(number for number in found if number is not None)


def disk_used(root: str = "/") -> int:
    """Bytes in use of the file system that the container's root lies on: the image's and what was written. Of a container that shares its
    machine's disk (Docker) that is the machine's."""
    told = os.statvfs(root)
    return (told.f_blocks - told.f_bfree) * told.f_frsize


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None  # a counter that this kernel does not have


def _field(file: Path, name: str) -> int | None:
    words = _words(file, name)
    return int(words[0]) if words else None


def _words(file: Path, name: str) -> list[str]:
    """What follows a name at the beginning of a line."""
    return next((words[1:] for words in map(str.split, _lines(file)) if words and words[0] == name), [])


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []  # not of this kernel
