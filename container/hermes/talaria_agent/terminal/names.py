"""Names on the way to Exec: sessions after Hermes' task ids, jobs of our own making."""

from __future__ import annotations

import hashlib
import re
import uuid

PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}")
DOTS = frozenset({".", ".."})
"""A URL's path swallows them."""


SCHEDULED = re.compile(r"cron:(?P<job>[^:]+):[^:]+")
"""Hermes' task id of one run of a scheduled job (cron/scheduler.py)."""


def session_name(task_id: str) -> str:
    """The session of a task: its id where that is plain, else `t-` and 24 hex digits that stand for it.

    A scheduled job has one for all of its runs: what it left yesterday is there today.
    """
    scheduled = SCHEDULED.fullmatch(task_id)
    if scheduled is not None:
        return session_name(f"cron-{scheduled['job']}")
    if PLAIN.fullmatch(task_id) and task_id not in DOTS:
        return task_id
    return f"t-{hashlib.sha256(task_id.encode('utf-8', 'surrogateescape')).hexdigest()[:24]}"


def new_job_name() -> str:
    """An id that nobody else makes: by it a repeated request is known, and runs nothing twice."""
    return uuid.uuid4().hex
