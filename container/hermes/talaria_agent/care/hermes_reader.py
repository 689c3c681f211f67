"""Counts what Hermes' own code finds in a home. A program of its own, run by `reading.py`; argument: that home."""

import json
import socket
import sys
from importlib.metadata import distributions
from inspect import signature
from pathlib import Path


def sealed() -> bool:
    """Whether no TCP connection leaves this process, not even to itself."""
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", 0))
        except PermissionError:
            return True
        return False


def count(home: Path) -> dict[str, object]:
    """Sessions and messages of `state.db`, entries of both memory files."""
    from hermes_state import SessionDB
    from tools.memory_tool import MemoryStore

    found = {"sessions": 0, "messages": 0}
    if (home / "state.db").exists():
        database = SessionDB(home / "state.db")
        everything = {"include_archived": True} if "include_archived" in signature(database.session_count).parameters else {}
        found = {"sessions": database.session_count(**everything), "messages": database.message_count()}
        database.close()
    store = MemoryStore()
    store.load_from_disk()
    versions = (dist.version for dist in distributions() if (dist.name or "").lower().startswith("hermes-agent"))
    memories = len(store.memory_entries) + len(store.user_entries)
    return {**found, "memories": memories, "hermes": next(versions, None), "sealed": sealed()}


if __name__ == "__main__":
    print(json.dumps(count(Path(sys.argv[1]))))
