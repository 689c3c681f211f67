"""The addresses behind a platform's names. A name with many addresses gives another few each time, so what was seen is remembered: a
connection is open for hours, and was dialled by an earlier answer."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from pathlib import Path

from talaria_agent.atomic import write_atomically
from talaria_agent.vitals.sockets import Address, plain

REMEMBERED_SECONDS = 86_400
NOTED_AGAIN_SECONDS = 3_600
"""An answer that is known is not written down again before."""
MOST = 256
"""Addresses of one name that are remembered, the newest."""
WITHIN_SECONDS = 1.5
"""For all names together, which are looked up at once."""

Seen = dict[str, dict[str, float]]
"""Host → address → when it was last an answer (Unix seconds)."""


def addresses_of(hosts: Collection[str], memory: Path, now: float) -> Mapping[str, frozenset[Address]]:
    """Every address that each of these hosts has, or lately had."""
    seen = _remembered(memory)
    before = json.dumps(seen, sort_keys=True)
    for host, found in _looked_up(hosts).items():
        old = {one: at for one, at in seen.get(host, {}).items() if now - at < REMEMBERED_SECONDS}
        new = {one: now for one in found if one not in old or now - old[one] > NOTED_AGAIN_SECONDS}
        seen[host] = dict(sorted({**old, **new}.items(), key=lambda entry: entry[1])[-MOST:])
    if json.dumps(seen, sort_keys=True) != before:
        write_atomically(memory, json.dumps(seen) + "\n")
    return {host: frozenset(plain(ip_address(address)) for address in seen.get(host, {})) for host in hosts}


def _remembered(memory: Path) -> Seen:
    try:
        data = json.loads(memory.read_text(encoding="utf-8"))
        return {str(host): {str(ip_address(one)): float(at) for one, at in found.items()} for host, found in data.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}  # nothing, or nothing usable: it fills again


def _looked_up(hosts: Collection[str]) -> dict[str, list[str]]:
    """What the resolver says in time. A slow one is left behind: the next look asks again."""
    answers: dict[str, list[str]] = {}

    def ask(host: str) -> None:
        try:
            answers[host] = [str(entry[4][0]).split("%")[0] for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
        except OSError:
            return  # it has no address now: what is remembered still counts

    threads = [threading.Thread(target=ask, args=(host,), daemon=True) for host in hosts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WITHIN_SECONDS / len(threads))
    return dict(answers)
