"""Keeps the agent's processes from the SDK's server, which runs any command as root for whoever reaches its port.

Landlock (Linux 6.7 or newer) lets a process give up TCP connections to all ports but named ones; that holds for all that come
of it, and cannot be taken back. It does not cover MPTCP sockets on every kernel: it stops what is tried in passing, and the
container stays the boundary that counts.
"""

from __future__ import annotations

import ctypes
import os

from talaria_agent.user.identity import Identity

PORT = 3000
"""The server's; the same for every address, so no other host's port 3000 can be dialled either."""

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG = 1
FIRST_WITH_NETWORK = 4
NET_CONNECT_TCP = 1 << 1
RULE_NET_PORT = 2
PR_SET_NO_NEW_PRIVS = 38


class _NetPort(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64))


def close_server_door(identity: Identity | None, port: int = PORT) -> bool:
    """Give up connections to the port for good; False where the kernel cannot, or where Hermes has no user of its own."""
    if identity is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(CREATE_RULESET, None, 0, VERSION_FLAG) < FIRST_WITH_NETWORK:
        return False
    handled = (ctypes.c_uint64 * 2)(0, NET_CONNECT_TCP)
    ruleset = libc.syscall(CREATE_RULESET, handled, ctypes.sizeof(handled), 0)
    if ruleset < 0:
        return False
    try:
        return _allow_all_but(libc, ruleset, port) and _restrict(libc, ruleset)
    finally:
        os.close(ruleset)


def _allow_all_but(libc: ctypes.CDLL, ruleset: int, closed: int) -> bool:
    rule = _NetPort(NET_CONNECT_TCP, 0)
    pointer = ctypes.byref(rule)
    for port in range(1 << 16):
        rule.port = port
        if port != closed and libc.syscall(ADD_RULE, ruleset, RULE_NET_PORT, pointer, 0) != 0:
            return False
    return True


def _restrict(libc: ctypes.CDLL, ruleset: int) -> bool:
    return libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 and libc.syscall(RESTRICT_SELF, ruleset, 0) == 0
