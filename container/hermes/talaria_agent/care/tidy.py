"""The verb `care`: forget by policy, prune, check. Only the role `maintenance` has the rights for it.

What the Agent protects is never forgotten, whatever restic's policy says (I6): restic sees every snapshot in the repository,
also what a compromised agent has added with times of its own choosing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from talaria_agent.problem import Problem
from talaria_agent.runs.work import Work
from talaria_agent.snapshot.diagnosis import why
from talaria_agent.snapshot.problems import problem
from talaria_agent.snapshot.restic import Ending, Restic

FORGET_SECONDS, PRUNE_SECONDS, CHECK_SECONDS = 600.0, 3600.0, 3600.0
LARGEST_REPACK = "4G"
"""Of packs that are written anew in one night; the rest waits for the next."""
AT_ONCE = 300
"""Ids in one command line."""
PERIODS = ("last", "hourly", "daily", "weekly", "monthly")


@dataclass(frozen=True)
class Policy:
    """What stays, and which part of the data is read back."""

    keep: dict[str, int]
    """Numbers by PERIODS, as restic's `--keep-…`."""
    protect: frozenset[str]
    """Ids that stay in any case."""
    part: str
    """`2/7`: the second seventh of the packs."""


def care(restic: Restic, policy: Policy, work: Work) -> dict[str, Any]:
    """Do all of it; the result's fields are in README.md."""
    with work.step("forget"):
        there = _snapshots(restic, work)
        unreadable = sorted(set(_names(restic, work)) - there)
        if unreadable:  # restic prunes nothing while there is a snapshot that it cannot read
            message = f"{len(unreadable)} of the snapshots cannot be read, the first is {unreadable[0][:8]}."
            reason = problem("repository_damaged", message)
            told = {"code": reason.code, "message": reason.message, "next": reason.next}
            return {"outcome": "blocked", "unreadable": unreadable[:AT_ONCE], "problem": told}
        doomed = sorted((_doomed(restic, policy, work) & there) - policy.protect)
        for some in _portions(doomed):
            _well(restic.run(["forget", *some], FORGET_SECONDS, work.tell), "restic forget")
        left = _snapshots(restic, work)
    with work.step("prune"):
        freed = _prune(restic, work)
    with work.step("check"):
        _check(restic, policy, work)
    return {
        "outcome": "tidied",
        "kept": len(left),
        "forgotten": len(doomed),
        "left": sorted(left),
        "missing": sorted(policy.protect - left),
        "freedBytes": freed,
    }


def _snapshots(restic: Restic, work: Work) -> set[str]:
    """Those that restic can read."""
    ending = _well(restic.run(["snapshots"], FORGET_SECONDS, work.tell), "restic snapshots")
    return {entry["id"] for entry in _json(ending)}


def _names(restic: Restic, work: Work) -> set[str]:
    """All of them."""
    ending = _well(restic.run(["list", "snapshots"], FORGET_SECONDS, work.tell), "restic list")
    return {line for line in ending.output if re.fullmatch(r"[0-9a-f]{64}", line)}


def _doomed(restic: Restic, policy: Policy, work: Work) -> set[str]:
    """What restic's policy would remove. All snapshots are one group: their paths and hosts mean nothing here."""
    keep = [f"--keep-{period}={policy.keep[period]}" for period in PERIODS]
    ending = restic.run(["forget", "--dry-run", "--group-by", "", *keep], FORGET_SECONDS, work.tell)
    groups = _json(_well(ending, "restic forget"))
    return {entry["id"] for group in groups for entry in group.get("remove") or []}


def _prune(restic: Restic, work: Work) -> int | None:
    """Returns bytes that are gone, as restic tells people."""
    arguments = ["prune", f"--max-repack-size={LARGEST_REPACK}"]
    ending = restic.run(arguments, PRUNE_SECONDS, work.tell, quiet=PRUNE_SECONDS)
    if ending.code != 0 and why(ending, "").code in ("repository_damaged", "snapshot_damaged"):
        # An index object that does not open: whoever may add to the repository can add one.
        _well(restic.run(["repair", "index"], PRUNE_SECONDS, work.tell, quiet=PRUNE_SECONDS), "restic repair index")
        ending = restic.run(arguments, PRUNE_SECONDS, work.tell, quiet=PRUNE_SECONDS)
    _well(ending, "restic prune")
    return freed_bytes("\n".join(ending.output))


def _check(restic: Restic, policy: Policy, work: Work) -> None:
    """Without a lock, so that the agent goes on saving. What it saves meanwhile can look damaged once, never twice."""
    arguments = ["check", "--no-lock", f"--read-data-subset={policy.part}"]
    ending = Ending(-1)
    for _ in range(2):
        ending = restic.run(arguments, CHECK_SECONDS, work.tell, quiet=CHECK_SECONDS)
        if ending.code == 0:
            return
    reason = why(ending, "restic check")
    if reason.code in ("repository_unreachable", "no_progress", "repository_busy", "repository_refused"):
        raise reason
    raise problem("repository_damaged", reason.message)


def freed_bytes(text: str) -> int | None:
    """From restic's `total prune: 3 blobs / 293.709 KiB`; None when it says nothing of the kind."""
    found = re.search(r"total prune:\s+\d+ blobs / ([\d.]+) ([KMGT]?i?B)", text)
    if found is None:
        return None
    power = {"B": 0, "KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4}.get(found[2])
    return None if power is None else round(float(found[1]) * 1024**power)


def read_keep(text: str) -> dict[str, int]:
    """The policy from the command line: JSON with a whole number for each of PERIODS, not all of them 0."""
    keep = json.loads(text)
    if not isinstance(keep, dict) or sorted(keep) != sorted(PERIODS):
        raise ValueError(f"the policy names {', '.join(PERIODS)}, and nothing else")
    numbers = {period: keep[period] for period in PERIODS}
    if not all(type(number) is int and number >= 0 for number in numbers.values()) or numbers["last"] < 1:
        raise ValueError("each number is whole, and at least the last snapshot stays")
    return numbers


def _json(ending: Ending) -> list[dict[str, Any]]:
    try:
        found = json.loads("\n".join(ending.output) or "[]") or []
    except ValueError as error:
        raise problem("restic_failed", f"restic's answer cannot be read: {error}.") from error
    return [entry for entry in found if isinstance(entry, dict)]


def _well(ending: Ending, doing: str) -> Ending:
    if ending.code != 0:
        raise _told(why(ending, doing))
    return ending


def _told(reason: Problem) -> Problem:
    """Of this verb's commands each speaks of the whole repository."""
    return problem("repository_damaged", reason.message) if reason.code == "snapshot_damaged" else reason


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
