"""Runs of `talaria-state` apart from the agent, from the parsed command line to their result."""

from __future__ import annotations

import argparse
from typing import Any

from talaria_agent.care.comparing import diff
from talaria_agent.care.drill import drill
from talaria_agent.care.mending import mend
from talaria_agent.care.tidy import Policy, care
from talaria_agent.runs.work import Work
from talaria_agent.snapshot.restic import Restic
from talaria_agent.surroundings import Surroundings
from talaria_agent.travel.exporting import export
from talaria_agent.travel.importing import Import, bring_in
from talaria_agent.user.identity import Identity

GOOD = ("tidied", "mended", "passed", "compared", "sent")
"""Outcomes of a run that did what was asked."""


def perform_one(
    options: argparse.Namespace, place: Surroundings, identity: Identity | None, restic: Restic, work: Work
) -> dict[str, Any]:
    """The body of one of these runs."""
    match options.command:
        case "care":
            return care(restic, Policy(options.keep, options.protect, options.part), work)
        case "mend":
            return mend(restic, sorted(options.packs), work)
        case "drill":
            return drill(place, identity, restic, options.snapshot, work)
        case "export":
            return export(place, identity, restic, options.snapshot, work)
        case "import":
            return bring_in(place, identity, restic, Import(options.onto, options.after), work)
        case _:
            return diff(restic, options.first, options.second, work)
