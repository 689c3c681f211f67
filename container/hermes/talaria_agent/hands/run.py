"""`talaria-as-agent PROGRAM [ARGUMENT…]`: turns into a program that has the agent's user, home and limits."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from talaria_agent.hands.environment import hands_environment
from talaria_agent.hands.hermes import REAL
from talaria_agent.init.stopping import require_staying
from talaria_agent.problem import INTERNAL, USAGE, Problem
from talaria_agent.state.marker import require_final
from talaria_agent.surroundings import Surroundings, read_surroundings
from talaria_agent.user.identity import become, declared_identity
from talaria_agent.user.server_door import close_server_door


def run(place: Surroundings, words: Sequence[str]) -> None:
    """Exec the program; returns only by a Problem. A home that is not whole yet is touched by nobody (I2)."""
    require_final(place.run)
    require_staying(place.run)
    identity = declared_identity(os.environ)
    program = _find(words[0])
    environment = {**hands_environment(os.environ, place, identity), REAL: _find("hermes")}
    become(identity)
    close_server_door(identity)  # the gateway's start has said where a kernel cannot
    os.chdir(place.home)
    os.execve(program, list(words), environment)


def _find(name: str) -> str:
    """A program on root's PATH, or beside the running Python, as the gateway finds Hermes. Never one out of the agent's home: it
    would see what an operator types."""
    found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if not found:
        message = f"There is no program {name} in this container."
        raise Problem("program_missing", message, "Look for it with `./talaria shell`.", INTERNAL)
    return found


def main(arguments: Sequence[str]) -> int:
    """Never returns once the program runs; else prints the Problem as JSON on stderr and returns its exit code."""
    try:
        if not arguments:
            raise Problem("usage", "talaria-as-agent wants a program.", "Type `talaria-as-agent PROGRAM [ARGUMENT…]`.", USAGE)
        run(read_surroundings(os.environ), arguments)
    except Problem as problem:
        return problem.tell()
    except OSError as error:
        problem = Problem("not_started", f"{arguments[0]} cannot be started: {error}.", "Check the container's disk.", INTERNAL)
        return problem.tell()
    return INTERNAL
