"""Hermes' cron schedule: what runs next. It travels in snapshots, as all of the home."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from talaria_agent.problem import INVALID_DATA, Problem

LARGEST_SCHEDULE = 1_000_000
"""Bytes. A schedule beyond it is an error: the Agent reads it whole."""


def schedule_path(home: Path) -> Path:
    """Where Hermes keeps its jobs."""
    return home / "cron" / "jobs.json"


def utc(value: object) -> str | None:
    """Normalise Hermes' time (ISO 8601; without an offset it means the machine's zone) to UTC with a Z."""
    if not isinstance(value, str) or not value:
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return None


def jobs_of(schedule: object) -> list[dict[str, Any]]:
    """The jobs in each of the shapes that Hermes accepts: `{jobs: […]}`, `{jobs: {id: …}}`, or a bare list."""
    jobs = schedule.get("jobs") if isinstance(schedule, dict) else schedule
    if isinstance(jobs, dict):
        return [{**job, "id": job.get("id") or key} for key, job in jobs.items() if isinstance(job, dict)]
    return [job for job in jobs if isinstance(job, dict)] if isinstance(jobs, list) else []


def next_job(schedule: object) -> dict[str, str] | None:
    """The enabled job that is due first, as `{id, name, at}`; None when nothing is scheduled."""
    due = [
        {"id": str(job.get("id")), "name": str(job.get("name") or job.get("id")), "at": at}
        for job in jobs_of(schedule)
        if job.get("enabled", True) and (at := utc(job.get("next_run_at"))) is not None
    ]
    return min(due, key=lambda job: job["at"], default=None)


def parse_schedule(text: str, origin: str) -> object:
    """Parse the text of a jobs.json; `origin` names it in the error."""
    if len(text.encode()) > LARGEST_SCHEDULE:
        raise Problem(
            "schedule_too_large",
            f"The schedule in {origin} is larger than {LARGEST_SCHEDULE} bytes.",
            "Remove jobs that are done: ask the bot, or DELETE /api/jobs/ID on Hermes' API server.",
            INVALID_DATA,
        )
    try:
        # Hermes reads jobs.json leniently: bare control characters inside strings are accepted.
        parsed = json.loads(text, strict=False)
    except ValueError as error:
        raise Problem(
            "schedule_unreadable",
            f"The schedule in {origin} is not JSON: {error}.",
            "Repair or remove the file, then try again.",
            INVALID_DATA,
        ) from error
    if not isinstance(parsed, (dict, list)):
        raise Problem(
            "schedule_unreadable",
            f"The schedule in {origin} is neither an object nor a list.",
            "Repair or remove the file, then try again.",
            INVALID_DATA,
        )
    return parsed


def read_schedule(home: Path) -> object | None:
    """Return the parsed schedule; None when Hermes has none."""
    path = schedule_path(home)
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST_SCHEDULE + 1).decode("utf-8-sig", errors="replace")
    except FileNotFoundError:
        return None
    return parse_schedule(text, str(path))
