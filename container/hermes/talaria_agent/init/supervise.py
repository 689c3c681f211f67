"""`talaria-init`: starts the SDK's server, and on SIGTERM ends everything in order.

Order: Hermes drains, a last snapshot is made if this image has a program for it, the server ends. The platform gives
fifteen minutes after SIGTERM; the limits here stay well below.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

from talaria_agent.gateway.record import read_launch
from talaria_agent.init.children import Children, tell
from talaria_agent.init.stopping import record_stopping
from talaria_agent.problem import Problem
from talaria_agent.state.vitals import gateway_alive
from talaria_agent.surroundings import read_surroundings

SERVER = ("/container-server/sandbox",)
LAST_SNAPSHOT = "talaria-last-snapshot"
"""The seam for a snapshot before the end: a program of this name on PATH, if there is one."""

DRAIN_SECONDS = 120.0
"""Hermes' own limit for runs under way is `agent.cron_drain_timeout`, 30 seconds."""
SNAPSHOT_SECONDS = 480.0
SERVER_SECONDS = 60.0
FOREVER = 3600.0


def say(text: str) -> None:
    """A line for the container's log."""
    print(f"talaria-init: {text}", flush=True)


def drain(children: Children, run: Path) -> None:
    """Let Hermes finish what it does and end."""
    launch = read_launch(run) or {}
    pid = launch.get("pid")
    if launch.get("step") != "started" or not isinstance(pid, int) or not gateway_alive(pid):
        return say("no gateway runs")
    say(f"draining the gateway (process {pid})")
    tell(pid, signal.SIGTERM)
    if children.wait(lambda: not gateway_alive(pid), DRAIN_SECONDS):
        return say("the gateway has ended")
    say(f"the gateway did not end in {DRAIN_SECONDS:.0f} s: killed")
    tell(pid, signal.SIGKILL)
    children.wait(lambda: not gateway_alive(pid), 5)


def last_snapshot(children: Children) -> None:
    """Run the program for a last snapshot, if there is one."""
    program = shutil.which(LAST_SNAPSHOT)
    if program is None:
        return
    pid = children.start([program])
    if not children.wait(lambda: children.code(pid) is not None, SNAPSHOT_SECONDS):
        say(f"the last snapshot took longer than {SNAPSHOT_SECONDS:.0f} s: killed")
        os.killpg(pid, signal.SIGKILL)
        return
    say(f"the last snapshot ended with {children.code(pid)}")


def end_server(children: Children, server: int) -> int:
    """End the server, which ends its own processes; returns its exit code."""
    tell(server, signal.SIGTERM)
    if not children.wait(lambda: children.code(server) is not None, SERVER_SECONDS):
        say(f"the server did not end in {SERVER_SECONDS:.0f} s: killed")
        tell(server, signal.SIGKILL)
        children.wait(lambda: children.code(server) is not None, 5)
    return children.code(server) or 0


def supervise(run: Path, command: Sequence[str]) -> int:
    """Run the server until it ends, or until this process is told to end; returns the container's exit code."""
    children = Children()
    server = children.start(command)
    while children.code(server) is None:
        if children.next_signal(FOREVER) is None:
            continue
        if children.code(server) is None:
            record_stopping(run)
            drain(children, run)
            last_snapshot(children)
            return end_server(children, server)
    code = children.code(server) or 0
    say(f"the server ended by itself with {code}")
    return code


def main(arguments: Sequence[str]) -> int:
    """`talaria-init [PROGRAM ARGUMENT…]`, by default the SDK's server."""
    try:
        return supervise(read_surroundings(os.environ).run, tuple(arguments) or SERVER)
    except Problem as problem:
        return problem.tell()
    except OSError as error:
        say(f"{(tuple(arguments) or SERVER)[0]} cannot be started: {error}")
        return 127
