"""`talaria-dashboard`: Hermes' dashboard for as long as somebody uses it."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from collections.abc import Mapping, Sequence

from talaria_agent.dashboard.forwarder import LONGEST_HEAD, Forwarder
from talaria_agent.dashboard.hermes import HermesDashboard, require_built
from talaria_agent.gateway.environment import WITHHELD, hermes_environment
from talaria_agent.gateway.launch import find_hermes
from talaria_agent.gateway.record import read_launch
from talaria_agent.gateway.single import claim
from talaria_agent.init.stopping import is_stopping, require_staying
from talaria_agent.problem import INTERNAL, UNAVAILABLE, USAGE, Problem
from talaria_agent.state.marker import require_final
from talaria_agent.surroundings import Surroundings, read_surroundings
from talaria_agent.user.identity import become, declared_identity
from talaria_agent.user.server_door import close_server_door

PORT = 9119
KEY = "TALARIA_DASHBOARD_KEY"
SHORTEST_KEY = 32
IDLE_SECONDS = 600.0
"""Nobody asked for so long: it ends, because it leaks memory (hermes-agent#46082)."""
MOST_MEGABYTES = 1500.0
"""What it may hold. Past that it ends, and the next request starts another."""
LOOK_SECONDS = 1.0


def require_key(environment: Mapping[str, str]) -> str:
    """The Agent's key."""
    key = environment.get(KEY, "")
    if len(key) < SHORTEST_KEY:
        message = f"{KEY} is missing or shorter than {SHORTEST_KEY} characters."
        raise Problem("dashboard_key_missing", message, "The Agent gives it: open the dashboard through the Worker.", USAGE)
    return key


def require_gateway(place: Surroundings) -> None:
    """Refuse over a home that no gateway has been prepared for: the managed scope would be missing."""
    if (read_launch(place.run) or {}).get("step") != "started":
        message = "No gateway was started in this container, so Hermes' configuration is not there yet."
        raise Problem("gateway_first", message, "Start the gateway first: the Agent does, on a wake.", UNAVAILABLE)


async def serve(place: Surroundings, hermes: str, environment: Mapping[str, str], key: str) -> str:
    """Serve until nobody uses it, it grows too large, or it is told to end; says which."""
    token = secrets.token_urlsafe(32)
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    log = place.hermes_home / "logs" / "dashboard.log"
    dashboard = await HermesDashboard.start(
        hermes, {**environment, "HERMES_DASHBOARD_SESSION_TOKEN": token}, place.workspace, log
    )
    try:
        forwarder = Forwarder(key, token, await dashboard.port())
        server = await asyncio.start_server(forwarder.handle, place.bind, PORT, limit=LONGEST_HEAD)
        print(f"serving Hermes' dashboard on {place.bind}:{PORT}", flush=True)
        ended = asyncio.ensure_future(dashboard.wait())
        why = await reason_to_end(place, forwarder, dashboard, told, ended)
        server.close()
        return why
    finally:
        await dashboard.end()


async def reason_to_end(
    place: Surroundings, forwarder: Forwarder, dashboard: HermesDashboard, told: asyncio.Event, ended: asyncio.Future[int]
) -> str:
    """Look once a second until there is one."""
    idle_seconds = float(os.environ.get("TALARIA_DASHBOARD_IDLE_SECONDS", IDLE_SECONDS))
    telling = asyncio.ensure_future(told.wait())
    while True:
        if told.is_set() or is_stopping(place.run):
            return "told to"
        if ended.done():
            return f"Hermes' own process ended with {ended.result()}"
        if forwarder.idle_seconds > idle_seconds:
            return "nobody used it"
        if dashboard.megabytes() > MOST_MEGABYTES:
            return f"it held more than {MOST_MEGABYTES:.0f} MB"
        await asyncio.wait({ended, telling}, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)


def run() -> None:
    """Check, become the agent's user, serve."""
    place = read_surroundings(os.environ)
    require_final(place.run)
    require_staying(place.run)
    require_gateway(place)
    key = require_key(os.environ)
    require_built(os.environ)
    claim(place.run, "dashboard")
    identity = declared_identity(os.environ)
    inherited = {name: value for name, value in os.environ.items() if name not in (*WITHHELD, KEY)}
    environment = {**inherited, **hermes_environment(os.environ, place, identity)}
    hermes = find_hermes()
    become(identity)
    if identity is not None:
        close_server_door(identity)
    print(f"the dashboard ends: {asyncio.run(serve(place, hermes, environment, key))}", flush=True)


def main(arguments: Sequence[str]) -> int:
    """0 when it was not needed any more; else prints the Problem as JSON on stderr and returns its exit code."""
    try:
        if arguments:
            raise Problem("usage", "talaria-dashboard takes no arguments.", "Type `talaria-dashboard` alone.", USAGE)
        run()
    except Problem as problem:
        return problem.tell()
    except OSError as error:
        message = f"The dashboard could not be served: {error}."
        return Problem("dashboard_failed", message, "Check the container's memory and ports.", INTERNAL).tell()
    return 0
