"""`talaria-state config`: what Hermes goes by, leaf by leaf, without secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from talaria_agent.configure.ages import ages_now, changed_at, moment, read_ages
from talaria_agent.configure.declared import leaves, read_declared
from talaria_agent.configure.user_config import read_yaml
from talaria_agent.declared_files.bringing import SKILLS
from talaria_agent.declared_files.documents import documents_now
from talaria_agent.declared_files.skills import users_own
from talaria_agent.machine.redaction import HIDDEN, redacted
from talaria_agent.surroundings import Surroundings
from talaria_agent.user.identity import acting_as, declared_identity

LARGEST = 1_000_000
"""Bytes of a configuration that are read."""
LONGEST = 2_000
"""Characters of a value, as JSON, that are shown."""


def effective(place: Surroundings, environment: Mapping[str, str]) -> dict[str, Any]:
    """Leaves of the managed scope, which win, and of the home's config.yaml, by their paths.

    `stack` and `own` name those of the scope that the stack and Talaria itself declare; the rest of it are Talaria's defaults. `documents`
    are the stack's, as `documents_now` tells them. `ages` say since when each leaf has its value, and of the home's whose word it is. `problem` says why the home's file cannot be read. Files are read with the agent's rights: no link of his leads root astray.
    """
    declared = read_declared(place.managed)
    with acting_as(declared_identity(environment)):
        managed, _ = _read(place, "managed")
        user, problem = _read(place, "user")
        ages = ages_now(read_ages(place.hermes_home), user, changed_at(place.hermes_home), managed, moment())
        documents = documents_now(place)
    return {
        "stack": list(declared.settings) if declared else [],
        "own": list(declared.own) if declared else [],
        "managed": _all_shown(managed),
        "user": _all_shown(user),
        "ages": {
            "managed": {path: age.at for path, age in ages.managed.items()},
            "user": {path: {"at": age.at, "by": age.by} for path, age in ages.user.items()},
        },
        "problem": problem,
        "documents": documents,
    }


def _read(place: Surroundings, which: str) -> tuple[dict[str, Any], str | None]:
    path = (place.managed if which == "managed" else place.hermes_home) / "config.yaml"
    try:
        with path.open("rb") as file:
            data = read_yaml(file.read(LARGEST).decode("utf-8-sig"))
    except FileNotFoundError:
        return {}, None
    except (OSError, ValueError) as error:
        return {}, redacted(str(error))[:LONGEST]
    if data is None:
        return {}, None
    if not isinstance(data, Mapping):
        return {}, "It has no mapping at its top."
    return dict(leaves(users_own(data, place.managed / SKILLS) if which == "user" else data)), None


def _all_shown(found: Mapping[str, Any]) -> dict[str, Any]:
    return {path: _shown(path, value) for path, value in found.items()}


def _shown(path: str, value: Any) -> Any:
    """The value where it is no secret, by its key or its shape, and short enough."""
    name = path.rsplit(".", 1)[-1]
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):
        return "[unreadable]"
    line = f"{name}: {text}"
    if redacted(line) != line:
        return HIDDEN
    return value if len(text) <= LONGEST and isinstance(value, (str, int, float, bool, list, dict, type(None))) else f"{text[:LONGEST]}…"
