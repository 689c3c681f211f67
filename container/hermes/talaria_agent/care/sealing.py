"""Gives up what a process does not need: with Landlock, every TCP connection (Linux 6.7 or newer)."""

from __future__ import annotations

import ctypes
import os
import sys

from talaria_agent.user.server_door import CREATE_RULESET, FIRST_WITH_NETWORK, PR_SET_NO_NEW_PRIVS, RESTRICT_SELF, VERSION_FLAG

NET_BIND_AND_CONNECT_TCP = 0b11


def seal_off() -> bool:
    """No TCP from now on, for this process and all that come of it; False where the kernel cannot."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or libc.syscall(CREATE_RULESET, None, 0, VERSION_FLAG) < FIRST_WITH_NETWORK:
        return False
    handled = (ctypes.c_uint64 * 2)(0, NET_BIND_AND_CONNECT_TCP)
    ruleset = libc.syscall(CREATE_RULESET, handled, ctypes.sizeof(handled), 0)
    if ruleset < 0:
        return False
    try:
        return libc.syscall(RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)
