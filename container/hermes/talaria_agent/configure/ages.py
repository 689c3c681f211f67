"""Since when a leaf of Hermes' configuration has its value, and whose word it is: kept in the home, so that snapshots carry it.

Hermes' config.yaml says neither. A ledger does, written at each start of the gateway and by `hermes config set` by hand; what changed
since then is as old as the file. The agent could write into the ledger: it is for people to read, and decides nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from talaria_agent.atomic import write_atomically
from talaria_agent.configure.declared import leaves

PATH = ".talaria/config.json"
"""In Hermes' home."""
LARGEST = 1_000_000
"""Bytes of a ledger that are read."""

By = Literal["user", "agent"]


@dataclass(frozen=True)
class Age:
    """Since when a leaf has the value of this digest, ISO 8601 in UTC."""

    digest: str
    at: str
    by: By = "user"
    """`user`: by hand, or before Talaria looked. `agent`: by what runs in the gateway, the agent, a chat's command or the dashboard."""


@dataclass(frozen=True)
class Ages:
    """Ages by dotted paths: of the home's own leaves, and of those of the managed scope."""

    user: Mapping[str, Age]
    managed: Mapping[str, Age]
    hands: Mapping[str, str]
    """When a path was last set by hand, of which no start of the gateway has seen the value yet."""
    known: bool = True
    """False where no ledger was ever written: then nobody can tell whose leaves there are."""


def read_ages(hermes_home: Path) -> Ages:
    """What the ledger says; nothing of one that is missing or is no ledger."""
    try:
        with (hermes_home / PATH).open("rb") as file:
            data = json.loads(file.read(LARGEST))
        return Ages(_ages(data["user"]), _ages(data["managed"]), {str(path): str(at) for path, at in data["hands"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Ages({}, {}, {}, known=False)


def _ages(rows: Mapping[str, Any]) -> dict[str, Age]:
    return {str(path): Age(str(digest), str(at), "agent" if by == "agent" else "user") for path, (digest, at, by) in rows.items()}


def ages_now(before: Ages, user: Mapping[str, Any], changed: str, managed: Mapping[str, Any], started: str) -> Ages:
    """Ages of these leaves. `changed`: when the home's file was last written; `started`: when the gateway last took the managed scope."""
    found = {path: _digest(value) for path, value in user.items()}
    return replace(
        before,
        user={path: _users(before, path, digest, changed) for path, digest in found.items()},
        managed={path: _kept(before.managed, path, _digest(value)) or Age(_digest(value), started) for path, value in managed.items()},
    )


def _users(before: Ages, path: str, digest: str, changed: str) -> Age:
    by_hand = next((at for key, at in before.hands.items() if path == key or path.startswith(f"{key}.")), None)
    if by_hand is not None:
        return Age(digest, by_hand, "user")
    return _kept(before.user, path, digest) or Age(digest, changed, "agent" if before.known else "user")


def _kept(rows: Mapping[str, Age], path: str, digest: str) -> Age | None:
    age = rows.get(path)
    return age if age is not None and age.digest == digest else None


def record_start(hermes_home: Path, user: Mapping[str, Any], managed: Mapping[str, Any]) -> None:
    """Write down what a start of the gateway finds. What was set by hand before it is told apart no longer."""
    now = ages_now(read_ages(hermes_home), dict(leaves(user)), changed_at(hermes_home), dict(leaves(managed)), moment())
    _write(hermes_home, replace(now, hands={}))


def record_hand(hermes_home: Path, path: str) -> None:
    """Somebody sets, or unsets, this path by hand, now."""
    before = read_ages(hermes_home)
    _write(hermes_home, replace(before, hands={**before.hands, path: moment()}))


def changed_at(hermes_home: Path) -> str:
    """When the home's config.yaml was last written; now, where there is none."""
    try:
        return moment((hermes_home / "config.yaml").stat().st_mtime)
    except OSError:
        return moment()


def moment(seconds: float | None = None) -> str:
    """ISO 8601 in UTC; without an argument, now."""
    at = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _write(hermes_home: Path, ages: Ages) -> None:
    rows = {name: {path: [age.digest, age.at, age.by] for path, age in sorted(part.items())} for name, part in (("user", ages.user), ("managed", ages.managed))}
    text = json.dumps({**rows, "hands": dict(ages.hands)}, indent=1) + "\n"
    file = hermes_home / PATH
    # A home in which nothing else changed stays as it was saved.
    if not file.is_file() or file.read_text(encoding="utf-8", errors="replace") != text:
        write_atomically(file, text)
