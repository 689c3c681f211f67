"""Hermes' scheduled jobs that did not run although due, by Hermes' own books (`cron/jobs.json`, `cron/executions.db`).

Hermes looks for due jobs each minute and moves a recurring job's time on before it runs it, so a time that stays behind is a job that
nobody took. Its rules (`cron/jobs.py`): one that ran at most 300 seconds late was on time; a recurring one is caught up within half its
period (120 seconds to two hours); a one-shot that is 120 seconds late is dropped, and leaves a note in `cron/output/<job>`.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from talaria_agent.state.schedule import jobs_of, utc

ONE_SHOT_GRACE = 120
"""Seconds."""
ON_TIME = 300
"""Seconds that Hermes itself calls on time."""
CLAIM_LASTS = 1800
"""Seconds that a one-shot's claim says that somebody runs it; Hermes renews it meanwhile."""
DROPPED = "# Cron job removed before firing"
DROPPED_FIELD = re.compile(r"^- (job id|name|scheduled run time): (.*)$", re.MULTILINE)


def overdue(schedule: object, home: Path, now: float) -> list[dict[str, Any]]:
    """Jobs whose time is past by more than Hermes' grace, as `{id, name, dueAt, lateSeconds, lost: False}`. One that is disabled, paused,
    over, or running is none of them."""
    late = [job for job in jobs_of(schedule) if _may_run(job) and _lateness(job, now) > _grace(job)]
    running = _running(home) if late else set()
    return [
        {"id": str(job.get("id")), "name": str(job.get("name") or job.get("id")), "dueAt": utc(job.get("next_run_at")),
         "lateSeconds": round(_lateness(job, now)), "lost": False}
        for job in late
        if str(job.get("id")) not in running and not _claimed(job, now)
    ]  # fmt: skip


def dropped(home: Path, now: float, window: float) -> list[dict[str, Any]]:
    """One-shots that Hermes dropped within the last `window` seconds because their time had passed, by the notes that it left."""
    found: list[dict[str, Any]] = []
    for note in (home / "cron" / "output").glob("*/*.md"):
        try:
            if note.stat().st_mtime < now - window:
                continue
            with note.open(encoding="utf-8", errors="replace") as file:
                text = file.read(2_000)
        except OSError:
            continue  # Hermes prunes them
        due = utc((fields := dict(DROPPED_FIELD.findall(text))).get("scheduled run time"))
        if text.startswith(DROPPED) and due is not None:
            late = round(now - datetime.fromisoformat(due).timestamp())
            name = fields.get("name") or note.parent.name
            found.append({"id": note.parent.name, "name": name, "dueAt": due, "lateSeconds": late, "lost": True})
    return found


def _may_run(job: dict[str, Any]) -> bool:
    over = job.get("state") in ("completed", "error", "paused")
    return bool(job.get("enabled", True)) and not over and not job.get("paused_at")


def _lateness(job: dict[str, Any], now: float) -> float:
    due = utc(job.get("next_run_at"))
    return 0.0 if due is None else now - datetime.fromisoformat(due).timestamp()


def _grace(job: dict[str, Any]) -> float:
    schedule = job.get("schedule")
    schedule = schedule if isinstance(schedule, dict) else {}
    if schedule.get("kind") == "once":
        return ONE_SHOT_GRACE
    minutes = schedule.get("minutes")
    half = minutes * 30 if isinstance(minutes, (int, float)) else ON_TIME
    return max(ONE_SHOT_GRACE, min(half, ON_TIME))


def _claimed(job: dict[str, Any], now: float) -> bool:
    """Whether a claim in the job's record says that it runs."""
    for name in ("run_claim", "fire_claim"):
        claim = job.get(name)
        at = utc(claim.get("at")) if isinstance(claim, dict) else None
        if at is not None and 0 <= now - datetime.fromisoformat(at).timestamp() <= CLAIM_LASTS:
            return True
    return False


def _running(home: Path) -> set[str]:
    """Jobs with an open run of a process that lives. Hermes without such books (or with other ones) says it in the job's record."""
    try:
        with closing(sqlite3.connect(f"file:{home / 'cron' / 'executions.db'}?mode=ro", uri=True, timeout=1)) as books:
            rows = books.execute("SELECT job_id, pid FROM executions WHERE status IN ('claimed', 'running')").fetchall()
    except sqlite3.Error:
        return set()
    return {str(job) for job, pid in rows if Path(f"/proc/{pid}").exists()}
