"""The subcommands of `talaria-state` that are runs, and those that ask for them."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from typing import Any

from talaria_agent.care import command as apart
from talaria_agent.problem import NOT_RESTORED, Problem
from talaria_agent.runs.ending import end_run
from talaria_agent.runs.folder import all_runs, find_run, wait_for_end
from talaria_agent.runs.work import Work, perform
from talaria_agent.snapshot.backup import Wanted, snapshot
from talaria_agent.snapshot.diagnosis import BAD
from talaria_agent.snapshot.listing import list_snapshots
from talaria_agent.snapshot.manifest import Totals
from talaria_agent.snapshot.problems import FAILED, PROBLEMS
from talaria_agent.snapshot.reader import restic_identity
from talaria_agent.snapshot.restic import Restic, open_restic
from talaria_agent.snapshot.restore import restore
from talaria_agent.surroundings import Surroundings
from talaria_agent.user.identity import declared_identity

REASONS = ("due", "stop", "operator", "upgrade", "ending", "restore", "first")
URGENT = ("stop", "ending", "restore", "upgrade")
"""Reasons for which somebody waits and nobody chats."""
LONGEST_WAIT = 25.0
"""Seconds that `run --wait` may take: the server answers a command within thirty."""

SNAPSHOT_ID = re.compile(r"[0-9a-f]{64}")

RUNS = ("snapshot", "restore", "list", *apart.RUNS)
QUESTIONS = ("run", "runs", "end-run")


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare them."""
    made = commands.add_parser("snapshot", help="make a snapshot of the home, unless nothing changed")
    made.add_argument("--parent", type=_snapshot_id, help="snapshot to compare files with")
    made.add_argument("--fingerprint", help="of the last promoted snapshot: a home that equals it makes none")
    made.add_argument("--previous", type=_totals, metavar="FILES,BYTES,DATABASES", help="of the last promoted snapshot")
    made.add_argument("--reason", choices=REASONS, required=True)
    made.add_argument("--priority", choices=("low", "normal"), default="low", help="normal: do not give way to what else wants the CPU")
    made.add_argument("--tag", action="append", default=[], metavar="KEY=VALUE")
    restored = commands.add_parser("restore", help="bring a snapshot into a home that is not in use")
    restored.add_argument("--snapshot", type=_snapshot_id, required=True)
    restored.add_argument("--boot-id", required=True, help="id of this container's life, given by the Agent")
    listed = commands.add_parser("list", help="print what the repository holds")
    asked = commands.add_parser("run", help="print how a run stands")
    asked.add_argument("--wait", type=float, default=0.0, metavar="S", help=f"for its end, at most {LONGEST_WAIT:.0f} seconds")
    ended = commands.add_parser("end-run", help="end a run and its children")
    for parser in (made, restored, listed, asked, ended, *apart.add_commands(commands)):
        parser.add_argument("--run", required=True, help="id of the run, made by the Agent")
    commands.add_parser("runs", help="print how each run of this container stands, oldest first")


def ask(options: argparse.Namespace, place: Surroundings) -> dict[str, Any]:
    """`run`, `runs` and `end-run`."""
    if options.command == "runs":
        return {"runs": [folder.state() for folder in all_runs(place.run)]}
    folder = find_run(place.run, options.run)
    if options.command == "end-run":
        return end_run(folder)
    return wait_for_end(folder, min(max(options.wait, 0.0), LONGEST_WAIT))


def run(options: argparse.Namespace, place: Surroundings) -> dict[str, Any]:
    """One of the runs, to its end; returns its result."""
    identity = declared_identity(os.environ)

    def opened(verb: Callable[[Restic, Work], dict[str, Any]]) -> Callable[[Work], dict[str, Any]]:
        return lambda work: verb(open_restic(os.environ, place.run, place.url, restic_identity(identity), work.locks), work)

    def make(restic: Restic, work: Work) -> dict[str, Any]:
        wanted = Wanted(options.reason, options.parent, options.fingerprint, options.previous, options.tag)
        return snapshot(place, identity, restic, wanted, work)

    def bring(restic: Restic, work: Work) -> dict[str, Any]:
        return restore(place, identity, restic, options.snapshot, options.boot_id, work)

    def aside(restic: Restic, work: Work) -> dict[str, Any]:
        return apart.perform_one(options, place, identity, restic, work)

    match options.command:
        case "snapshot":
            return perform(place.run, options.run, "snapshot", lambda _: "failed", opened(make), urgent=options.priority == "normal" or options.reason in URGENT)
        case "restore":
            return perform(place.run, options.run, "restore", _of_one_snapshot, opened(bring), urgent=True)
        case "list":
            return perform(place.run, options.run, "list", lambda _: "failed", opened(list_snapshots))
        case _:
            return perform(place.run, options.run, options.command, _of_one_snapshot, opened(aside))


def exit_code(result: dict[str, Any]) -> int:
    """0 when the run did what was asked; else that of its problem."""
    if result["outcome"] in ("made", "unchanged", "restored", "listed", *apart.GOOD):
        return 0
    code = (result["problem"] or {}).get("code")
    return PROBLEMS[code][1] if code in PROBLEMS else NOT_RESTORED if result["outcome"] == "refused" else FAILED


def _of_one_snapshot(reason: Problem) -> str:
    return "bad" if reason.code in BAD else "failed"


def _snapshot_id(text: str) -> str:
    if not SNAPSHOT_ID.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no snapshot id: 64 hex digits")
    return text


def _totals(text: str) -> Totals:
    try:
        files, size, databases = (int(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not FILES,BYTES,DATABASES") from error
    return Totals(files, size, databases)
