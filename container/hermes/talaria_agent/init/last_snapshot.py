"""`talaria-last-snapshot`: asks for a snapshot before this container ends, and waits for it.

The Agent starts it through the SDK's server, which lives until this program has ended: no secret lies here for it.
"""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from talaria_agent.problem import UNAVAILABLE, USAGE, Problem
from talaria_agent.runs.folder import all_runs, find_run
from talaria_agent.surroundings import read_surroundings

ASK_SECONDS = 30.0
APPEAR_SECONDS = 60.0
"""Until the Agent has started what it promised."""
TOTAL_SECONDS = 450.0
"""`talaria-init` gives a little more."""
READ_SECONDS = 60.0
"""Of that, kept for the Agent to read the run's result: what it has not read is not the memory."""
POLL_SECONDS = 0.2


def call(url: str, method: str) -> dict[str, object]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    data = b"" if method == "POST" else None
    with opener.open(urllib.request.Request(f"{url}/ending", data=data, method=method), timeout=ASK_SECONDS) as answer:
        return dict(json.loads(answer.read()))


def ask(url: str) -> str:
    """Tell the Agent that this container ends; returns the run that it starts."""
    try:
        return str(call(url, "POST")["run"])
    except urllib.error.HTTPError as error:
        reason = f"{error.code}: {error.read(500).decode('utf-8', 'replace')}"
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = str(error) or type(error).__name__
    raise Problem(
        "ending_refused",
        f"The Agent starts no last snapshot ({reason}).",
        "The next container restores the snapshot before; `./talaria status` shows its age.",
        UNAVAILABLE,
    )


def wait_for(place: Path, run: str, seconds: float) -> bool:
    """Until the run has ended, and no other lives either; False when it takes longer, or never appears."""
    folder, began = find_run(place, run), time.monotonic()
    seen = False
    while time.monotonic() - began < seconds:
        living = any(other.alive for other in all_runs(place))
        seen = seen or folder.lock.exists()
        if not living and (folder.result() is not None or seen):
            return True
        if not seen and time.monotonic() - began > APPEAR_SECONDS:
            return False
        time.sleep(0.1)
    return False


def wait_until_read(url: str, seconds: float) -> bool:
    """Until the Agent has read and judged the run's result; False when that takes longer."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            if call(url, "GET")["saving"] is False:
                return True
        except (OSError, ValueError, KeyError, TypeError):
            pass  # a Worker that is replaced just now answers a moment later; the deadline tells one that does not
        time.sleep(POLL_SECONDS)
    return False


def last_snapshot(environment: os._Environ[str] | dict[str, str]) -> int:
    """0 when a run was made, has ended, and the Agent has judged its result."""
    place = read_surroundings(environment)
    began = time.monotonic()
    run = ask(place.url)

    def left() -> float:
        return TOTAL_SECONDS - (time.monotonic() - began)

    if not wait_for(place.run, run, left() - READ_SECONDS):
        raise late(f"The last snapshot (run {run}) did not end in time.")
    if not wait_until_read(place.url, left()):
        raise late(f"The Agent did not read the result of the last snapshot (run {run}) in time.")
    return 0


def late(message: str) -> Problem:
    following = "The next container restores the snapshot before; `./talaria status` shows its age."
    return Problem("ending_late", message, following, UNAVAILABLE)


def main(arguments: Sequence[str]) -> int:
    """Takes no arguments."""
    try:
        if arguments:
            raise Problem("usage", "talaria-last-snapshot takes no arguments.", "Type `talaria-last-snapshot` alone.", USAGE)
        return last_snapshot(os.environ)
    except Problem as problem:
        return problem.tell()
