"""restic's user in the image: it may read every file of the mirror, and nothing else that root may.

Capabilities are kept over the change of user and made ambient, so that restic has the one that it needs after exec.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable

from talaria_agent.problem import INTERNAL, Problem
from talaria_agent.user.identity import Identity

NAME = "restic"
DAC_OVERRIDE, DAC_READ_SEARCH = 1, 2
"""The second lets read alone; where a container does not have it, the first."""

PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_CAPBSET_READ, PR_CAP_AMBIENT = 1, 8, 23, 47
AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def restic_identity(agent: Identity | None) -> Identity | None:
    """The user `restic`; None where Hermes has no user of its own (the process engine)."""
    if agent is None:
        return None
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError as error:
        message = f"This container has no user {NAME!r}."
        raise Problem("user_unusable", message, "Start the container from Talaria's Hermes image.", INTERNAL) from error
    return Identity(entry.pw_name, entry.pw_uid, entry.pw_gid)


def dying_with_parent(identity: Identity | None, may_read_all: bool) -> Callable[[], None]:
    """What a child does before exec: become `identity`, keep the right to read, and end when its parent does."""
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def before_exec() -> None:
        if identity is not None and libc is not None:
            _become_reader(libc, identity, may_read_all)
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # after the change of user, which clears it

    return before_exec


def _become_reader(libc: ctypes.CDLL, identity: Identity, may_read_all: bool) -> None:
    capability = DAC_READ_SEARCH if libc.prctl(PR_CAPBSET_READ, DAC_READ_SEARCH, 0, 0, 0) == 1 else DAC_OVERRIDE
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([identity.gid])
    os.setresgid(identity.gid, identity.gid, identity.gid)
    os.setresuid(identity.uid, identity.uid, identity.uid)
    bits = 1 << capability if may_read_all else 0
    sets = (_Sets * 2)(_Sets(bits, bits, bits), _Sets(0, 0, 0))
    if libc.capset(ctypes.byref(_Header(CAPABILITY_VERSION_3, 0)), sets) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    if bits and libc.prctl(PR_CAP_AMBIENT, AMBIENT_RAISE, capability, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "ambient capability")
