"""Giving input to a program through a descriptor that does not block."""

from __future__ import annotations

import os
import select

TAKE_SECONDS = 5.0
"""How long input waits for a program that does not read."""


def taken(descriptor: int, data: bytes) -> tuple[int, bool]:
    """How many bytes went in until nobody read for a while, and whether anybody still has the other end."""
    left = memoryview(data)
    ready = select.poll()
    ready.register(descriptor, select.POLLOUT)
    while left and ready.poll(TAKE_SECONDS * 1000):
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:
            continue
        except OSError:
            return len(data) - len(left), False
    return len(data) - len(left), True
