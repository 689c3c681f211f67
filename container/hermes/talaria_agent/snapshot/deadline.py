"""Time limits: everything that a run does ends, one way or another."""

from __future__ import annotations

import time

from talaria_agent.problem import Problem


class Deadline:
    """`seconds` from now; `late` is what is raised when they are over."""

    def __init__(self, seconds: float, late: Problem) -> None:
        self._end = time.monotonic() + seconds
        self._late = late

    def left(self) -> float:
        """Seconds, never below 0."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Raise the Problem when time is up."""
        if self.left() <= 0:
            raise self._late
