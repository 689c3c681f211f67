"""`talaria-state`: the command that the Worker runs. One JSON object on stdout; errors as JSON on stderr."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from talaria_agent.gateway.record import read_launch
from talaria_agent.init.stopping import is_stopping
from talaria_agent.problem import Problem
from talaria_agent.snapshot.command import QUESTIONS, RUNS, add_commands, ask
from talaria_agent.state.logs import LARGEST_TAIL, tail
from talaria_agent.state.marker import read_marker, record_first_boot
from talaria_agent.state.schedule import next_job, read_schedule
from talaria_agent.state.vitals import gateway_vitals
from talaria_agent.state.warmup import warmed
from talaria_agent.surroundings import Surroundings, read_surroundings
from talaria_agent.user.identity import acting_as, declared_identity


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line. A wrong one ends with exit code 2 and the usage."""
    parser = argparse.ArgumentParser(prog="talaria-state", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("show", help="print the marker record and what the gateway's files say")
    first_boot = commands.add_parser("first-boot", help="record that there has never been a snapshot")
    first_boot.add_argument("--boot-id", required=True, help="id of this container's life, given by the Agent")
    commands.add_parser("schedule", help="print Hermes' scheduled jobs and the next one")
    logs = commands.add_parser("logs", help="print the last lines of the gateway's logs")
    commands.add_parser("config", help="print what Hermes goes by, leaf by leaf, without secrets")
    commands.add_parser("machine", help="print processes, ports and configuration, without secrets")
    logs.add_argument("--tail", type=int, default=200, help=f"how many lines, at most {LARGEST_TAIL}")
    vitals = commands.add_parser("vitals", help="print what an alarm needs to know: gateway, platforms, missed jobs, errors")
    vitals.add_argument("--lines", type=int, default=0, help=f"also so many last lines of the log, at most {LARGEST_TAIL}")
    add_commands(commands)
    return parser.parse_args(arguments)


def show(place: Surroundings) -> dict[str, Any]:
    """The image, whether the container ends, the marker, the last launch and the gateway's vital signs. Nulls for what is not there."""
    marker = read_marker(place.run)
    launch = read_launch(place.run)
    vitals = gateway_vitals(place.hermes_home)
    return {
        "marker": None if marker is None else {**asdict(marker), "final": marker.final},
        "image": place.image,
        "ending": is_stopping(place.run),
        "launch": launch,
        "gateway": {**vitals, "warm": vitals["alive"] and warmed(place.hermes_home, (launch or {}).get("at"))},
    }


def schedule(place: Surroundings) -> dict[str, Any]:
    """Hermes' jobs and the one that is due first. Nulls for what is not there."""
    jobs = read_schedule(place.hermes_home)
    return {"jobs": jobs, "next": next_job(jobs)}


def answer(options: argparse.Namespace, environment: Mapping[str, str]) -> dict[str, Any]:
    """Run one subcommand. What only one of them needs is imported by it: while Hermes starts, `show` is run every second."""
    place = read_surroundings(environment)
    if options.command in RUNS:
        from talaria_agent.snapshot.performing import run

        return run(options, place)
    if options.command in QUESTIONS:
        return ask(options, place)
    if options.command == "first-boot":
        return {"marker": asdict(record_first_boot(place.run, options.boot_id))}
    if options.command == "config":
        from talaria_agent.configure.effective import effective

        return effective(place, environment)
    if options.command == "machine":
        from talaria_agent.machine.show import machine

        return machine(place, environment)
    if options.command == "vitals":
        from talaria_agent.vitals.look import look

        return look(place, environment, options.lines)
    with acting_as(declared_identity(environment)):
        match options.command:
            case "schedule":
                return schedule(place)
            case "logs":
                silent = not warmed(place.hermes_home, since="")  # nobody can have talked to it yet
                return {"lines": tail(place.hermes_home, options.tail, console=silent)}
            case _:
                return show(place)


def main(arguments: Sequence[str]) -> int:
    """Print the answer; return 0, or the exit code of the Problem that is printed instead, or of a run's result."""
    options = parse(arguments)
    try:
        said = answer(options, os.environ)
    except Problem as problem:
        return problem.tell()
    print(json.dumps(said))
    if options.command not in RUNS:
        return 0
    from talaria_agent.snapshot.performing import exit_code

    return exit_code(said)
