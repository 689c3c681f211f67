"""The subcommands of `talaria-state` that are runs, and those that ask for them. What a run needs is imported where it runs: see `state/command.py`."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any

from talaria_agent.care import command as apart

if TYPE_CHECKING:
    from talaria_agent.snapshot.manifest import Totals
    from talaria_agent.surroundings import Surroundings

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
    from talaria_agent.runs.folder import all_runs, find_run, wait_for_end

    if options.command == "runs":
        return {"runs": [folder.state() for folder in all_runs(place.run)]}
    folder = find_run(place.run, options.run)
    if options.command == "end-run":
        from talaria_agent.runs.ending import end_run

        return end_run(folder)
    return wait_for_end(folder, min(max(options.wait, 0.0), LONGEST_WAIT))


def _snapshot_id(text: str) -> str:
    if not SNAPSHOT_ID.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no snapshot id: 64 hex digits")
    return text


def _totals(text: str) -> Totals:
    from talaria_agent.snapshot.manifest import Totals

    try:
        files, size, databases = (int(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not FILES,BYTES,DATABASES") from error
    return Totals(files, size, databases)
