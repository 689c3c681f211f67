"""What a process gives up for good, for itself and for all that come of it: new privileges, and by Landlock TCP (Linux 6.7 or newer)."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable

BIND_TCP, CONNECT_TCP = 1 << 0, 1 << 1

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_FIRST_WITH_NETWORK = 4
_RULE_NET_PORT = 2
_PR_SET_NO_NEW_PRIVS = 38


class _NetPort(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64))


def knows_tcp() -> bool:
    """Whether this kernel's Landlock does."""
    return sys.platform == "linux" and ctypes.CDLL(None).syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG) >= _FIRST_WITH_NETWORK


def give_up_new_privileges() -> bool:
    """No program that is started gets more rights than this one has."""
    return sys.platform == "linux" and ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0


def give_up_tcp(access: int, but: Iterable[int] = ()) -> bool:
    """Give up these kinds of `access` to every port `but` those; False where the kernel cannot, and then nothing is given up."""
    if not knows_tcp():
        return False
    libc = ctypes.CDLL(None)
    handled = (ctypes.c_uint64 * 2)(0, access)
    ruleset = libc.syscall(_CREATE_RULESET, handled, ctypes.sizeof(handled), 0)
    if ruleset < 0:
        return False
    try:
        return (
            _allow(libc, ruleset, access, but) and give_up_new_privileges() and libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
        )
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, access: int, ports: Iterable[int]) -> bool:
    rule = _NetPort(access, 0)
    pointer = ctypes.byref(rule)
    for port in ports:
        rule.port = port
        if libc.syscall(_ADD_RULE, ruleset, _RULE_NET_PORT, pointer, 0) != 0:
            return False
    return True
