"""Refusals of the supervisor: a code, an HTTP status, and a sentence. Its only reader is the Worker, which words them for people."""

from __future__ import annotations

import errno
from collections.abc import Mapping

STATUS: Mapping[str, int] = {
    "requestMalformed": 400,
    "pathOutside": 400,
    "fileUnusable": 400,
    "packRefused": 400,
    "packDamaged": 400,
    "routeUnknown": 404,
    "jobUnknown": 404,
    "fileUnknown": 404,
    "packUnknown": 404,
    "markUnknown": 409,
    "jobRunning": 409,
    "jobWithoutTerminal": 409,
    "jobForgotten": 410,
    "workspaceTooLarge": 413,
    "supervisorBroken": 500,
    "diskFailed": 500,
    "diskFull": 507,
}
"""Every code that the supervisor answers, with its HTTP status."""


class Refusal(Exception):
    """`message` says what happened; `more` are further fields of the answer."""

    def __init__(self, code: str, message: str, **more: int) -> None:
        super().__init__(message)
        self.status = STATUS[code]
        self.body = {"code": code, "message": message, **more}


def of_disk(error: OSError, what: str) -> Refusal:
    """The refusal for a failure of the disk while doing `what`."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return Refusal("diskFull" if full else "diskFailed", f"{what}: {error.strerror or error}")
