"""How a server is started in Exec: `talaria-mcp-exec NAME [--env=NAME]… [--cwd=FOLDER] [--installed=PROGRAM --skip=N] -- COMMAND ARG…`."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

END_OF_MESSAGES = b"\0"
"""After it come the last words of the server's stderr: a job has one output."""

LAST_WORDS = 2_000
"""Bytes of it."""

IDLE_S = 300.0


@dataclass(frozen=True)
class Command:
    """What the other container runs."""

    name: str
    """The server's."""
    argv: tuple[str, ...]
    variables: tuple[str, ...]
    """Names of those that it gets of this process's environment."""
    cwd: str | None
    installed: str | None
    """What the image has in the command's place, where it is that of the stack."""
    skip: int
    """Words of `argv` that it stands for."""
    idle_s: float
    """Seconds without a message until it ends; the next message starts it again."""

    def script(self) -> str:
        """For bash."""
        argv = shlex.join(self.argv)
        start = f"set -- {argv}"
        if self.installed is not None:
            own = shlex.quote(self.installed)
            start = f"if [ -x {own} ]; then set -- {shlex.join([self.installed, *self.argv[self.skip :]])}; else {start}; fi"
        lines = [
            f"cd -- {shlex.quote(self.cwd)} || exit 127" if self.cwd is not None else ":",
            start,
            "errors=$(mktemp) || exit 126",
            '"$@" 2>"$errors"',
            "code=$?",
            f"printf '\\0'; tail -c {LAST_WORDS} \"$errors\"; rm -f \"$errors\"",
            "exit $code",
        ]
        return "\n".join(lines)


def read_command(arguments: Sequence[str]) -> Command:
    """Exits with a sentence where they are wrong."""
    parser = argparse.ArgumentParser(prog="talaria-mcp-exec", description="Runs an MCP server in the sandbox of a session.")
    parser.add_argument("name")
    parser.add_argument("--env", action="append", default=[])
    parser.add_argument("--cwd")
    parser.add_argument("--installed")
    parser.add_argument("--skip", type=int, default=0)
    parser.add_argument("--idle", type=float, default=IDLE_S)
    words = list(arguments)
    cut = words.index("--") if "--" in words else len(words)
    given, argv = parser.parse_args(words[:cut]), words[cut + 1 :]
    if not argv:
        parser.error("the command after -- is missing")
    return Command(given.name, tuple(argv), tuple(given.env), given.cwd, given.installed, given.skip, given.idle)
