"""Hermes' schedule: what is next, and its way over a fresh disk."""

import json
from pathlib import Path

import pytest

from talaria_agent.problem import Problem
from talaria_agent.state.schedule import (
    LARGEST_SCHEDULE,
    next_job,
    read_schedule,
    schedule_path,
    utc,
)


def job(name: str, at: str | None, **more: object) -> dict[str, object]:
    return {"id": name, "name": name.title(), "enabled": True, "next_run_at": at, **more}


def test_the_earliest_enabled_job_is_next_whatever_its_offset() -> None:
    jobs = [
        job("late", "2026-11-21T12:00:00+00:00"),
        job("early", "2026-11-21T13:30:00+02:00"),
        job("paused", "2026-11-21T01:00:00+00:00", enabled=False),
        job("done", None, enabled=False),
    ]
    assert next_job({"jobs": jobs}) == {"id": "early", "name": "Early", "at": "2026-11-21T11:30:00.000Z"}


@pytest.mark.parametrize("shape", [{"jobs": {"a": {"next_run_at": "2026-11-21T12:00:00Z"}}}, [job("a", "2026-11-21T12:00:00Z")]])
def test_every_shape_that_hermes_accepts_is_read(shape: object) -> None:
    assert next_job(shape)["id"] == "a"


@pytest.mark.parametrize("schedule", [None, {}, {"jobs": None}, {"jobs": [1, job("x", "tomorrow"), job("y", None)]}])
def test_a_schedule_without_a_usable_time_has_no_next_job(schedule: object) -> None:
    assert next_job(schedule) is None


def test_a_time_without_offset_is_the_machines_time() -> None:
    assert utc("2026-11-21T12:00:00").endswith("Z")


def test_a_home_without_jobs_has_no_schedule(tmp_path: Path) -> None:
    assert read_schedule(tmp_path) is None


def write(home: Path, text: str) -> None:
    schedule_path(home).parent.mkdir(parents=True)
    schedule_path(home).write_text(text, encoding="utf-8")


def test_a_schedule_is_read_as_hermes_wrote_it(tmp_path: Path) -> None:
    schedule = {"jobs": [job("daily", "2026-11-21T12:00:00+00:00", prompt="sag Grüße ☀")], "updated_at": "now"}
    write(tmp_path, json.dumps(schedule))
    assert read_schedule(tmp_path) == schedule


@pytest.mark.parametrize(("text", "code"), [
    ("not json", "schedule_unreadable"),
    ("7", "schedule_unreadable"),
    (json.dumps(["x" * LARGEST_SCHEDULE]), "schedule_too_large"),
])
def test_what_is_no_schedule_is_refused(tmp_path: Path, text: str, code: str) -> None:
    write(tmp_path, text)
    with pytest.raises(Problem) as refused:
        read_schedule(tmp_path)
    assert refused.value.code == code


def test_a_schedule_on_disk_that_has_grown_too_large_is_an_error(tmp_path: Path) -> None:
    schedule_path(tmp_path).parent.mkdir()
    schedule_path(tmp_path).write_text(json.dumps(["x" * LARGEST_SCHEDULE]))
    with pytest.raises(Problem, match="larger than"):
        read_schedule(tmp_path)
