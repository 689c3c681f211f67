"""Who Hermes is in the image: root prepares a start, the agent's user does everything in his own home."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from talaria_agent.problem import INTERNAL, Problem


@dataclass(frozen=True)
class Identity:
    """A user of the image."""

    name: str
    uid: int
    gid: int


def declared_identity(environment: Mapping[str, str]) -> Identity | None:
    """The user that `TALARIA_USER` names; None without it (the process engine), or when this process is that user."""
    name = environment.get("TALARIA_USER", "").strip()
    if not name:
        return None
    try:
        entry = pwd.getpwnam(name)
    except KeyError as error:
        raise _unusable(f"TALARIA_USER is {name!r}, and this container has no such user.") from error
    if os.geteuid() == entry.pw_uid:
        return None
    if os.geteuid() != 0:
        raise _unusable(f"Only root can start Hermes as {name}, and this process has user id {os.geteuid()}.")
    return Identity(entry.pw_name, entry.pw_uid, entry.pw_gid)


@contextmanager
def acting_as(identity: Identity | None) -> Iterator[None]:
    """Touch files with that user's rights, so that no link of his leads root astray; root again afterwards."""
    if identity is None:
        yield
        return
    groups = os.getgroups()
    os.setgroups([identity.gid])
    os.setegid(identity.gid)
    os.seteuid(identity.uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def become(identity: Identity | None) -> None:
    """Be that user for good: this process and all that come of it cannot be root again."""
    if identity is None:
        return
    os.setgroups([identity.gid])
    os.setresgid(identity.gid, identity.gid, identity.gid)
    os.setresuid(identity.uid, identity.uid, identity.uid)


def _unusable(message: str) -> Problem:
    return Problem("user_unusable", message, "Start the container from Talaria's Hermes image.", INTERNAL)
