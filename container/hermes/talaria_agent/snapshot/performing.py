"""Runs of `talaria-state`, from the parsed command line to their result."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import Any

from talaria_agent.care import performing as apart
from talaria_agent.problem import NOT_RESTORED, Problem
from talaria_agent.runs.work import Work, perform
from talaria_agent.snapshot.backup import Wanted, snapshot
from talaria_agent.snapshot.command import URGENT
from talaria_agent.snapshot.diagnosis import BAD
from talaria_agent.snapshot.listing import list_snapshots
from talaria_agent.snapshot.problems import FAILED, PROBLEMS
from talaria_agent.snapshot.reader import restic_identity
from talaria_agent.snapshot.restic import Restic, open_restic
from talaria_agent.snapshot.restore import restore
from talaria_agent.surroundings import Surroundings
from talaria_agent.user.identity import declared_identity


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
