"""Giving way: a chat comes before a snapshot, for CPU and for the disk."""

from __future__ import annotations

import ctypes
import os
import platform
from contextlib import suppress
from pathlib import Path

LEAST = 19
"""The lowest niceness."""
AUTOGROUP = Path("/proc/self/autogroup")
"""Where Linux weighs whole sessions against each other, the niceness within them counts for nothing; a run leads a session of its own."""
IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
IDLE_CLASS = 3 << 13


def give_way() -> None:
    """Run only when nobody else wants to, with all children to come.

    Niceness alone is not enough: a chat is hundreds of short turns on the CPU, and a nice process that has begun its slice ends
    it first. One with the policy SCHED_IDLE is interrupted at once (sched(7)). What the kernel refuses or does not know is left
    out: the run is made either way, only a chat at the same time is slower.
    """
    with suppress(OSError):
        os.nice(LEAST - os.nice(0))
    with suppress(OSError):
        AUTOGROUP.write_text(str(LEAST))
    with suppress(OSError, AttributeError):  # Linux has it alone
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    number = IOPRIO_SET.get(platform.machine())
    if number is not None and os.uname().sysname == "Linux":
        ctypes.CDLL(None).syscall(number, 1, 0, IDLE_CLASS)  # IOPRIO_WHO_PROCESS; Python has no call for it


def take_turns(pid: int) -> None:
    """Undo `give_way` for a process that is about to be ended: what it has to put in order must not wait for a quiet moment."""
    with suppress(OSError, AttributeError):
        os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))
    with suppress(OSError):  # only root may
        os.setpriority(os.PRIO_PROCESS, pid, 0)
