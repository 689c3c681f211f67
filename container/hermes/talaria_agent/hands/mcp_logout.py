"""`hermes mcp logout NAME`, which Hermes itself has not: removes what a login left in the home."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

STATE = (".json", ".client.json", ".meta.json", ".cimd-off")
"""Tokens, the client's registration, the server's metadata, and that it wants no client's metadata (tools/mcp_oauth.py of Hermes)."""


def logout(words: Sequence[str], hermes_home: Path) -> int:
    """0 where something was removed, 1 where there was nothing."""
    if len(words) != 1:
        print("usage: hermes mcp logout NAME", file=sys.stderr)
        return 2
    name = words[0]
    # As Hermes makes a file's name of a server's.
    stem = re.sub(r"[^\w\-]", "_", name).strip("_")[:128] or "default"
    found = [path for path in (hermes_home / "mcp-tokens" / f"{stem}{ending}" for ending in STATE) if path.exists()]
    for path in found:
        path.unlink()
    print(f"{name}: logged out" if found else f"{name}: there is no login")
    return 0 if found else 1
