"""What was written into a tree, by path: the file that tells an edit of the agent's from an older declaration. It travels with the tree."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from talaria_exec.declared.tree import Tree, is_inside

PATH = ".talaria/documents.json"
LARGEST = 4_000_000
"""Bytes."""


@dataclass(frozen=True)
class Written:
    """A content by its sum and its size."""

    sha256: str
    bytes: int


Ledger = dict[str, Written]


def written_as(content: bytes) -> Written:
    """A content as the ledger has it."""
    return Written(hashlib.sha256(content).hexdigest(), len(content))


def read_ledger(tree: Tree) -> Ledger:
    """Empty where there is none, and where what lies there is none: then every file that differs counts as the agent's."""
    try:
        rows = json.loads(tree.read(PATH, LARGEST) or b"{}")["documents"].items()
        return {
            path: Written(str(row["sha256"]), int(row["bytes"]))
            for path, row in rows
            if is_inside(path) and not is_ours(path)
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def write_ledger(tree: Tree, ledger: Ledger) -> None:
    """Raises OSError where the agent stands in the way."""
    rows = {path: {"sha256": row.sha256, "bytes": row.bytes} for path, row in sorted(ledger.items())}
    tree.write(PATH, (json.dumps({"documents": rows}, indent=2) + "\n").encode())


def is_ours(path: str) -> bool:
    """Whether a path lies in the ledger's own folder."""
    return path.split("/")[0] == PATH.split("/")[0]
