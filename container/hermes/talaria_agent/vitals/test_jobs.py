"""Jobs that did not run although due."""

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from talaria_agent.vitals.jobs import dropped, overdue

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC).timestamp()
DAILY = {"kind": "cron", "expr": "0 9 * * *"}
ONCE = {"kind": "once"}


def at(seconds_ago: float) -> str:
    return datetime.fromtimestamp(NOW - seconds_ago, UTC).isoformat()


def job(late: float, **more: Any) -> dict[str, Any]:
    return {"id": "j", "name": "report", "enabled": True, "schedule": DAILY, "next_run_at": at(late), **more}


def missed(home: Path, *jobs: dict[str, Any]) -> list[dict[str, Any]]:
    return overdue({"jobs": list(jobs)}, home, NOW)


def test_a_job_whose_time_is_past_and_which_nobody_took_was_missed(tmp_path: Path) -> None:
    due = {"id": "j", "name": "report", "dueAt": "2026-11-22T11:50:00.000Z", "lateSeconds": 600, "lost": False}
    assert missed(tmp_path, job(600)) == [due]


@pytest.mark.parametrize(
    ("schedule", "grace"),
    [(DAILY, 300), (ONCE, 120), ({"kind": "interval", "minutes": 1}, 120), ({"kind": "interval", "minutes": 6}, 180), ("odd", 300)],
)
def test_a_job_is_missed_past_its_grace_alone(tmp_path: Path, schedule: object, grace: int) -> None:
    assert missed(tmp_path, job(grace - 1, schedule=schedule)) == []
    assert len(missed(tmp_path, job(grace + 1, schedule=schedule))) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"enabled": False},
        {"state": "paused"},
        {"paused_at": "2026-11-22T09:00:00+00:00"},
        {"state": "completed"},
        {"next_run_at": None},
        {"next_run_at": "tomorrow"},
        {"run_claim": {"at": at(60), "by": "me"}},
        {"fire_claim": {"at": at(60), "by": "me"}},
    ],
)
def test_a_job_that_is_disabled_or_over_or_taken_was_not_missed(tmp_path: Path, more: dict[str, Any]) -> None:
    assert missed(tmp_path, job(600, **more)) == []


def test_a_claim_that_nobody_renewed_is_none(tmp_path: Path) -> None:
    assert len(missed(tmp_path, job(9000, run_claim={"at": at(8000), "by": "me"}))) == 1


@pytest.mark.parametrize(("pid", "status", "count"), [(os.getpid(), "running", 0), (os.getpid(), "failed", 1), (2**22 + 1, "running", 1)])
def test_a_job_that_runs_was_not_missed(tmp_path: Path, pid: int, status: str, count: int) -> None:
    (tmp_path / "cron").mkdir()
    with sqlite3.connect(tmp_path / "cron" / "executions.db") as books:
        books.execute("CREATE TABLE executions (job_id TEXT, pid INTEGER, status TEXT)")
        books.execute("INSERT INTO executions VALUES ('j', ?, ?)", (pid, status))
    assert len(missed(tmp_path, job(600))) == count


def note(home: Path, text: str, seconds_ago: float) -> None:
    path = home / "cron" / "output" / "j1" / "2026-11-22_11-58-00.md"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    os.utime(path, (NOW - seconds_ago, NOW - seconds_ago))


DROPPED = (
    "# Cron job removed before firing (run time outside grace window)\n\n- job id: j1\n- name: tea\n"
    f"- scheduled run time: {at(400)}\n- grace window: 120s\n"
)


def test_a_one_shot_that_hermes_dropped_is_told_as_long_as_its_note_is_fresh(tmp_path: Path) -> None:
    assert dropped(tmp_path, NOW, 900) == []
    note(tmp_path, DROPPED, 100)
    assert dropped(tmp_path, NOW, 900) == [
        {"id": "j1", "name": "tea", "dueAt": "2026-11-22T11:53:20.000Z", "lateSeconds": 400, "lost": True}
    ]
    assert dropped(tmp_path, NOW, 60) == []


def test_what_a_job_wrote_itself_is_no_such_note(tmp_path: Path) -> None:
    note(tmp_path, f"# Cron Job: tea\n\n{DROPPED}", 10)
    assert dropped(tmp_path, NOW, 900) == []
