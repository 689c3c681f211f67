"""Errors that a caller meets: what is wrong, and what to do next, as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

USAGE = 64
INVALID_DATA = 65
UNAVAILABLE = 69
INTERNAL = 70
ALREADY_RUNNING = 73
RUN_UNDER_WAY = 75
NOT_RESTORED = 76


@dataclass
class Problem(Exception):
    """A refusal with a stable `code`, a sentence for people, and the next step.

    `exit_code` follows sysexits.h. For `talaria-gateway` 75 and 78 are Hermes' own.
    """

    code: str
    message: str
    next: str
    exit_code: int

    def __str__(self) -> str:
        return f"{self.message} {self.next}"

    def as_json(self) -> str:
        """One line, in the shape that every part of Talaria uses for errors."""
        return json.dumps({"error": {"code": self.code, "message": self.message, "next": self.next}})

    def tell(self) -> int:
        """Print it on stderr, as a program that ends with it does; returns the exit code."""
        print(self.as_json(), file=sys.stderr)
        return self.exit_code
