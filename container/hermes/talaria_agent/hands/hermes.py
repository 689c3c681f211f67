"""`hermes` by hand: refuses what the stack decides, else turns into the real one."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from talaria_agent.configure.ages import record_hand
from talaria_agent.configure.declared import read_declared
from talaria_agent.hands.guard import key_set, refusal
from talaria_agent.hands.mcp_logout import logout

REAL = "TALARIA_HERMES_PROGRAM"
"""Where `talaria-as-agent` says that the real one is."""
REFUSED = 78


def main(arguments: Sequence[str]) -> int:
    """Never returns where Hermes runs; else says why not on stderr and returns 78."""
    real = os.environ.get(REAL)
    if not real:
        print("This hermes is started by talaria-as-agent: ./talaria hermes, or ./talaria shell.", file=sys.stderr)
        return REFUSED
    declared = read_declared(Path(os.environ.get("HERMES_MANAGED_DIR", "/etc/hermes")))
    why = declared and refusal(arguments, declared)
    if why:
        print(why, file=sys.stderr)
        return REFUSED
    match list(arguments):
        case ["mcp", "logout", *words]:
            return logout(words, Path(os.environ.get("HERMES_HOME", "")))
    key = key_set(arguments)
    if key is not None:
        record_hand(Path(os.environ["HERMES_HOME"]), key)
    os.execv(real, ["hermes", *arguments])
    return REFUSED
