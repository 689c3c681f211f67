"""Which leaves of the managed scope are the stack's, and which Talaria's: kept beside the scope for whoever explains a refusal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from talaria_agent.atomic import write_atomically

FILE = "talaria.json"


@dataclass(frozen=True)
class Declared:
    """Dotted paths of leaves; a list, and an empty mapping, are leaves."""

    stack: str
    """Name of the Pulumi stack."""
    settings: tuple[str, ...]
    """What the stack declares in `talaria:settings`, and wins."""
    own: tuple[str, ...]
    """What Talaria itself needs, whatever the stack says."""

    def owner(self, path: str) -> str | None:
        """`talaria` or `stack` for a leaf of theirs, or for something above one; None for what is the user's to set."""
        if any(_touches(path, leaf) for leaf in self.own):
            return "talaria"
        return "stack" if any(_touches(path, leaf) for leaf in self.settings) else None


def _touches(path: str, leaf: str) -> bool:
    return path == leaf or leaf.startswith(f"{path}.") or path.startswith(f"{leaf}.")


def leaves(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of a tree with its dotted path."""
    for name, value in tree.items():
        path = f"{above}{name}"
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{path}.")
        else:
            yield path, value


def write_declared(managed: Path, stack: str, settings: Mapping[str, Any], own: Mapping[str, Any]) -> None:
    """Write the paths, without a value, for everyone to read."""
    owned = [path for path, _ in leaves(own)]
    declared = [path for path, _ in leaves(settings) if path not in owned]
    text = json.dumps({"stack": stack, "settings": declared, "own": owned}, indent=2)
    write_atomically(managed / FILE, f"{text}\n", mode=0o644)


def read_declared(managed: Path) -> Declared | None:
    """What was written at the gateway's last start; None before the first one."""
    try:
        data = json.loads((managed / FILE).read_text(encoding="utf-8"))
        return Declared(str(data["stack"]), tuple(map(str, data["settings"])), tuple(map(str, data["own"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None
