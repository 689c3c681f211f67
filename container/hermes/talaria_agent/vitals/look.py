"""`talaria-state vitals`: one look, which asks Hermes nothing and changes nothing of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from talaria_agent.machine.processes import inodes_of
from talaria_agent.machine.redaction import redacted
from talaria_agent.problem import Problem
from talaria_agent.state.logs import tail
from talaria_agent.state.schedule import next_job, read_schedule, utc
from talaria_agent.state.vitals import gateway_vitals, read_object
from talaria_agent.surroundings import Surroundings
from talaria_agent.user.identity import acting_as, declared_identity
from talaria_agent.vitals.addresses import addresses_of
from talaria_agent.vitals.errors import WINDOW, recent_errors
from talaria_agent.vitals.freshness import freshness
from talaria_agent.vitals.hosts import VARIABLES, place_of
from talaria_agent.vitals.jobs import dropped, overdue
from talaria_agent.vitals.sockets import Connection, Untold, dialled

UNTOLD = {"hasSocket": None, "silentSeconds": None, "silenceLimitSeconds": None}


def look(place: Surroundings, environment: Mapping[str, str], lines: int = 0) -> dict[str, Any]:
    """Gateway, platforms, missed jobs and errors; with `lines`, also so many last lines of the log. See "What a look tells" in the README."""
    now = time.time()
    identity = declared_identity(environment)
    with acting_as(identity):
        gateway = gateway_vitals(place.hermes_home, now)
    pid = gateway["pid"] if gateway["alive"] else None
    seen_by_root = inodes_of(pid) if pid else set()
    with acting_as(identity):
        spoken = _environment(pid, place) if pid else None
        connections = _dialled(seen_by_root | inodes_of(pid)) if pid and spoken is not None else None
        platforms = _platforms(place.hermes_home)
        schedule, unreadable = _schedule(place.hermes_home)
        missed = [*overdue(schedule, place.hermes_home, now), *dropped(place.hermes_home, now, WINDOW)]
        errors = recent_errors(place.hermes_home, now)
        tailed = tail(place.hermes_home, lines, console=False)
    live = [name for name, record in platforms.items() if record.get("state") == "connected"]
    memory = place.run / "vitals" / "addresses.json"
    fresh = freshness(live, connections, spoken or {}, place_of(place.url), lambda hosts: addresses_of(hosts, memory, now))
    return {
        "at": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "gatewayState": gateway["state"],
        "heartbeatSeconds": gateway["heartbeatAgeSeconds"],
        "platforms": [_platform(name, record, fresh.get(name, UNTOLD), now) for name, record in platforms.items()],
        "missedJobs": missed,
        "errors": errors,
        "next": next_job(schedule),
        "scheduleProblem": unreadable,
        "lines": tailed,
    }


def _platforms(home: Path) -> dict[str, dict[str, Any]]:
    platforms = (read_object(home / "gateway_state.json") or {}).get("platforms")
    found = platforms.items() if isinstance(platforms, dict) else ()
    return {name: record for name, record in found if isinstance(record, dict)}


def _platform(name: str, record: Mapping[str, Any], fresh: Mapping[str, Any], now: float) -> dict[str, Any]:
    since = utc(record.get("updated_at"))
    error = " ".join(str(record[key]) for key in ("error_code", "error_message") if record.get(key))
    return {
        "name": name,
        "state": str(record.get("state")),
        "error": redacted(error) or None,
        "stateSeconds": None if since is None else max(0, round(now - datetime.fromisoformat(since).timestamp())),
        **fresh,
    }


def _dialled(inodes: set[str]) -> list[Connection] | None:
    """None where it cannot be told: a gateway that lives holds sockets, so none at all means that they are not shown."""
    try:
        return dialled(inodes) if inodes else None
    except Untold:
        return None


def _schedule(home: Path) -> tuple[object, str | None]:
    """The schedule, or why it cannot be read."""
    try:
        return read_schedule(home), None
    except Problem as problem:
        return None, problem.message


def _environment(pid: int, place: Surroundings) -> dict[str, str] | None:
    """What the gateway was told of where its platforms are: its own environment, then the home's .env, then the managed one, as Hermes
    reads them. Nothing else is taken out of these files. None when one cannot be read: it might name a proxy."""
    told: dict[str, str] = {}
    for path, ends in ((Path(f"/proc/{pid}/environ"), "\0"), (place.hermes_home / ".env", "\n"), (place.managed / ".env", "\n")):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            continue
        except OSError:
            return None
        for entry in text.split(ends):
            name, _, value = entry.strip().removeprefix("export ").partition("=")
            if name.strip() in VARIABLES:
                told[name.strip()] = value.strip().strip("'\"")
    return told
