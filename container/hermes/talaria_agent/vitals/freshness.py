"""Whether each chat platform has a connection, and since when nothing came over it. What cannot be told is null: nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from talaria_agent.vitals.hosts import PLATFORMS, Place, Platform, literal, places, proxied
from talaria_agent.vitals.sockets import Address, Connection

Lookup = Callable[[Collection[str]], Mapping[str, frozenset[Address]]]


def freshness(
    names: Collection[str],
    dialled: Sequence[Connection] | None,
    environment: Mapping[str, str],
    inside: Place | None,
    lookup: Lookup,
) -> dict[str, dict[str, Any]]:
    """`{hasSocket, silentSeconds, silenceLimitSeconds}` of each of these platforms that is known here. `dialled` are the connections that
    the gateway opened, None where the kernel does not tell; `inside` is the place of Talaria's own services, which is no platform's."""
    known = {name: PLATFORMS[name] for name in names if name in PLATFORMS}
    where = {name: places(platform, environment) for name, platform in known.items() if not _comes_in(platform, environment)}
    asked = [*([inside] if inside else []), *(place for found in where.values() for place in found)]
    addresses = lookup({host for host, _ in asked}) if dialled and where else {}
    peers = {name: {(one, port) for host, port in found for one in addresses.get(host, ())} for name, found in where.items()}
    own_services = {(one, inside[1]) for one in addresses.get(inside[0], ())} if inside else set()
    owners = [
        (connection, [name for name, ends in peers.items() if connection.peer in ends])
        for connection in dialled or ()
        if connection.peer not in own_services
    ]
    shared = {name for _, found in owners if len(found) > 1 for name in found}
    strangers = any(not found for _, found in owners)
    told: dict[str, dict[str, Any]] = {}
    for name, platform in known.items():
        own = [connection for connection, found in owners if found == [name] and connection.received > 0]
        silent = min((connection.silent_seconds for connection in own), default=None)
        unsure = dialled is None or name not in where or not where[name] or name in shared
        absent_for_sure = not proxied(platform, environment) and (not strangers or _fixed(where.get(name, ())))
        told[name] = {
            "hasSocket": None if unsure else True if own else False if absent_for_sure else None,
            "silentSeconds": None if unsure or silent is None else round(silent, 1),
            "silenceLimitSeconds": platform.silence_limit if name in where else None,
        }
    return told


def _comes_in(platform: Platform, environment: Mapping[str, str]) -> bool:
    return bool(platform.webhook and environment.get(platform.webhook))


def _fixed(found: Sequence[Place]) -> bool:
    """All places are plain addresses: a connection to one cannot hide behind another address."""
    return bool(found) and all(literal(host) for host, _ in found)
