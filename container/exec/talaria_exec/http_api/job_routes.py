"""Routes of jobs: start by id, output by offset, input, cancel, forget."""

from __future__ import annotations

import re
from collections.abc import Sequence

from talaria_exec.http_api.request import Answer, Fields, Request
from talaria_exec.http_api.server import Route
from talaria_exec.job.feed import Feed
from talaria_exec.job.job import Job
from talaria_exec.job.jobs import Jobs, Order
from talaria_exec.job.terminal import Terminal
from talaria_exec.problem import Refusal

WAIT_SECONDS = 25.0
BYTES = 1 << 20
INPUT_BYTES = 1 << 20
JOB = r"/jobs/(?P<job>[A-Za-z0-9._-]{1,64})"


def job_routes(jobs: Jobs) -> Sequence[Route]:
    """The table."""

    def start(request: Request) -> Answer:
        return Answer.of({"state": _state(jobs.put(request.names["job"], _order(request.json())))})

    def output(request: Request) -> Answer:
        return _output(jobs.find(request.names["job"]), request)

    def take_input(request: Request) -> Answer:
        terminal = _fed(jobs.find(request.names["job"]))
        offset, end = int(request.number("offset", 0)), request.query.get("end") == "1"
        return Answer.of({"next": terminal.type(offset, request.read(INPUT_BYTES), end)})

    def resize(request: Request) -> Answer:
        terminal = _terminal(jobs.find(request.names["job"]))
        terminal.resize(*_size(request.json()))
        return Answer.of({})

    def cancel(request: Request) -> Answer:
        return Answer.of({"survivors": jobs.find(request.names["job"]).cancel()})

    def forget(request: Request) -> Answer:
        jobs.forget(request.names["job"])
        return Answer.of({})

    return [
        Route("PUT", re.compile(JOB), start),
        Route("GET", re.compile(JOB), output),
        Route("POST", re.compile(f"{JOB}/input"), take_input),
        Route("POST", re.compile(f"{JOB}/window"), resize),
        Route("DELETE", re.compile(JOB), cancel),
        Route("POST", re.compile(f"{JOB}/forget"), forget),
    ]


def _state(job: Job) -> str:
    return "done" if job.done else "running"


def _order(fields: Fields) -> Order:
    tty = fields.inner("tty")
    command = fields.bytes("command")
    if not command and tty is None:
        raise Refusal("requestMalformed", "command is missing.")
    return Order(
        command=command or b"",
        stdin=fields.bytes("stdin"),
        cwd=fields.text("cwd"),
        environment=fields.texts("env"),
        deadline=fields.number("deadlineSeconds"),
        output_bytes=int(fields.number("outputBytes")),
        tty=_size(tty) if tty is not None else None,
        feed=fields.number("feed") if fields.has("feed") else None,
    )


def _size(fields: Fields) -> tuple[int, int]:
    return min(int(fields.number("rows")), 0xFFFF), min(int(fields.number("cols")), 0xFFFF)


def _fed(job: Job) -> Terminal | Feed:
    if job.terminal is None:
        raise Refusal("jobWithoutTerminal", f"The job {job.name} has no terminal; its input came with its start.")
    return job.terminal


def _terminal(job: Job) -> Terminal:
    terminal = _fed(job)
    if isinstance(terminal, Feed):
        raise Refusal("jobWithoutTerminal", f"The job {job.name} has no terminal.")
    return terminal


def _output(job: Job, request: Request) -> Answer:
    offset, limit = int(request.number("offset", 0)), int(request.number("limit", BYTES))
    with job.changed:
        job.wait_past(offset, min(request.number("wait", 0), WAIT_SECONDS))
        body = job.output.read(offset, limit)
        headers = {
            "content-type": "application/octet-stream",
            "x-job-state": _state(job),
            "x-job-next": str(offset + len(body)),
        }
        if job.done and offset + len(body) >= job.output.length:
            headers |= {
                "x-job-exit": str(job.exit),
                "x-job-ended-by": job.ended_by,
                "x-job-seconds": f"{job.seconds:.3f}",
                "x-job-bytes": str(job.output.total),
                "x-job-cut": str(job.output.cut),
                "x-job-survivors": str(job.survivors),
            }
    return Answer(body, headers)
