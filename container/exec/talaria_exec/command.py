"""`talaria-exec`: which of its programs is meant. Each is loaded by itself: what a container uses is asked for often."""

from __future__ import annotations

import sys
from collections.abc import Sequence

USAGE = 64


def main(arguments: Sequence[str]) -> int:
    """Returns the program's exit code; 64 for wrong arguments."""
    match list(arguments):
        case ["serve"]:
            from talaria_exec.serve import main as serve

            return serve()
        case ["use"]:
            from talaria_exec.use.tell import main as use

            return use()
        case _:
            print("usage: talaria-exec serve | use", file=sys.stderr)
            return USAGE
