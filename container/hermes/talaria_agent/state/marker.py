"""The marker record: whether the home in this container may be used (design decision 2)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from talaria_agent.atomic import write_atomically
from talaria_agent.problem import NOT_RESTORED, Problem

Phase = Literal["first-boot", "restoring", "restored"]
FINAL_PHASES: tuple[Phase, ...] = ("first-boot", "restored")


@dataclass(frozen=True)
class Marker:
    """What happened to the home since this container started."""

    boot: str
    """Id that the Agent gave to this container's life."""
    phase: Phase
    at: str
    """ISO 8601, UTC."""
    snapshot: str | None = None
    """Id of the snapshot, when the phase is `restoring` or `restored`."""

    @property
    def final(self) -> bool:
        """Whether the gateway may start on this home (I1, I2)."""
        return self.phase in FINAL_PHASES


def marker_path(run: Path) -> Path:
    """Where the record lies."""
    return run / "marker.json"


def read_marker(run: Path) -> Marker | None:
    """Return the record, or None when there is none. An unreadable record is a Problem, never "none"."""
    path = marker_path(run)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        data = json.loads(text)
        if data["phase"] not in get_args(Phase):
            raise ValueError(f"unknown phase {data['phase']!r}")
        return Marker(str(data["boot"]), data["phase"], str(data["at"]), data.get("snapshot"))
    except (ValueError, KeyError, TypeError) as error:
        raise Problem(
            "marker_unreadable",
            f"The state record {path} cannot be read: {error}.",
            "Stop this container: the next one restores from the start.",
            NOT_RESTORED,
        ) from error


def record_first_boot(run: Path, boot: str, now: datetime | None = None) -> Marker:
    """Record that this home starts empty, because no snapshot was ever promoted.

    Repeating it is fine; a record with another phase is refused, because its home is not a first boot.
    """
    existing = read_marker(run)
    if existing is not None:
        if existing.phase == "first-boot":
            return existing
        raise Problem(
            "marker_exists",
            f"This container's record says {existing.phase!r} (boot {existing.boot}), so it is no first boot.",
            "Let the running restore finish, or stop this container and start over.",
            NOT_RESTORED,
        )
    marker = Marker(boot, "first-boot", (now or datetime.now(UTC)).isoformat(timespec="milliseconds"))
    write_atomically(marker_path(run), json.dumps(asdict(marker)) + "\n", mode=0o644)
    return marker


def record_restore(run: Path, phase: Literal["restoring", "restored"], boot: str, snapshot: str) -> Marker:
    """Record that a restore begins, before anything else of it is done, or that it is whole, after everything else is.

    Refuses over a home that may be used (I1: whoever wants another state in it stops this container first).
    """
    existing = read_marker(run)
    if existing is not None and existing.final:
        raise Problem(
            "marker_exists",
            f"This container's record says {existing.phase!r} (boot {existing.boot}): its home may be in use.",
            "Stop this container; the next one restores.",
            NOT_RESTORED,
        )
    marker = Marker(boot, phase, datetime.now(UTC).isoformat(timespec="milliseconds"), snapshot)
    write_atomically(marker_path(run), json.dumps(asdict(marker)) + "\n", mode=0o644)
    return marker


def require_final(run: Path) -> Marker:
    """Return the record if it lets the gateway start; refuse otherwise."""
    marker = read_marker(run)
    if marker is None:
        raise Problem(
            "not_restored",
            "This container holds no state record: nothing was restored and no first boot was declared.",
            "Restore a snapshot, or run `talaria-state first-boot --boot-id ID` if there has never been one.",
            NOT_RESTORED,
        )
    if not marker.final:
        raise Problem(
            "not_restored",
            f"This container's home is in phase {marker.phase!r}: it is not whole.",
            "Wait for the restore to finish, or stop this container and start over.",
            NOT_RESTORED,
        )
    return marker
