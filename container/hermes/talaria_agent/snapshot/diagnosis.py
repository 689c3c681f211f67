"""What restic's end means: its exit code and its words, as a Problem.

The order counts: an unreachable repository can look damaged, and a damaged snapshot must never be taken for a repository that
is out of reach, or the other way round. A status counts only where restic calls it one: sizes, offsets and times are numbers too.
`bad` says that this one snapshot is not whole and an older one may be.
"""

from __future__ import annotations

import re

from talaria_agent.problem import Problem
from talaria_agent.snapshot.problems import problem
from talaria_agent.snapshot.restic import Ending

ABSENT, LOCKED, WRONG_PASSWORD = 10, 11, 12

BAD = frozenset({"snapshot_missing", "snapshot_damaged", "manifest_mismatch", "database_malformed", "memory_unreadable"})
"""Codes that speak of one snapshot, not of the surroundings."""

SIGNS: tuple[tuple[str, str], ...] = (
    (r"no space left on device|disk quota exceeded", "disk_full"),
    (r"HTTP response \(503\)", "repository_busy"),
    (r"HTTP response \((401|403)\)", "repository_refused"),
    (r"connection refused|connection reset|no such host|i/o timeout|network is unreachable|server misbehaving|"
     r"context deadline exceeded|TLS handshake|stuck request|EOF\)? *$|server closed|"
     r"unexpected HTTP response|proxyconnect|http2?:", "repository_unreachable"),
    (r"failed to find snapshot|no matching ID found|failed to load snapshot", "snapshot_missing"),
    (r"<(index|key|config)/|config or key|loading index|load index", "repository_damaged"),
    (r"ciphertext verification failed|invalid hash|invalid data|not found in (repository|index)|does not exist|"
     r"no such file|unexpected EOF|not enough bytes|hash mismatch|wrong hash|unexpected size|decrypt|zstd|pack .* damaged|"
     r"blob .* not found|tree .* not found|too short|file does not exist|unknown blob|checksum", "snapshot_damaged"),
)
_SIGNS = tuple((re.compile(pattern, re.IGNORECASE | re.MULTILINE), code) for pattern, code in SIGNS)


def why(ending: Ending, doing: str) -> Problem:
    """The Problem of a restic that did not end well."""
    said = ending.errors.strip()[-700:] or "it said nothing"
    return problem(_code(ending), f"{doing} (exit code {ending.code}): {said}")


def _code(ending: Ending) -> str:
    if ending.code == WRONG_PASSWORD:
        return "wrong_password"
    if ending.code == ABSENT:
        return "repository_absent"
    if ending.code == LOCKED:
        return "repository_locked"
    for pattern, code in _SIGNS:
        if pattern.search(ending.errors):
            return code
    return "no_progress" if ending.stuck else "restic_failed"
