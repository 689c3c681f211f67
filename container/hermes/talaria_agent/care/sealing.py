"""Gives up what a process does not need: new privileges, and every TCP connection."""

from __future__ import annotations

from talaria_agent.user.landlock import BIND_TCP, CONNECT_TCP, give_up_new_privileges, give_up_tcp


def seal_off() -> bool:
    """No TCP from now on, for this process and all that come of it; False where the kernel cannot."""
    return give_up_new_privileges() and give_up_tcp(BIND_TCP | CONNECT_TCP)
