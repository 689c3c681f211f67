"""The verb `mend`: make the repository usable again where objects of it rotted or are gone. Only the role `maintenance` may.

The packs hold everything: an index is written anew from them. Of a pack that rotted restic saves the blobs that are whole. What
is gone for good is then in no index any more, so that the next snapshot stores it again instead of relying on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from talaria_agent.runs.work import Work
from talaria_agent.snapshot.diagnosis import why
from talaria_agent.snapshot.restic import Restic

MEND_SECONDS = 3600.0


def mend(restic: Restic, packs: Sequence[str], work: Work) -> dict[str, Any]:
    """An index of what is there; `packs` are those that the Agent found rotten."""
    with work.step("index"):
        _repair(restic, ["index"], work)
    if packs:
        with work.step("packs"):
            _repair(restic, ["packs", *sorted(packs)], work)
    return {"outcome": "mended", "packs": sorted(packs)}


def _repair(restic: Restic, arguments: list[str], work: Work) -> None:
    # `repair packs` leaves copies where it stands; this folder goes with the container.
    ending = restic.run(["repair", *arguments], MEND_SECONDS, work.tell, restic.cache, quiet=MEND_SECONDS)
    if ending.code != 0:
        raise why(ending, f"restic repair {arguments[0]}")
