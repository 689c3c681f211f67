"""Print the configuration keys of the Hermes that is installed beside this Python, as JSON, with each default and its kind.

A mapping that is empty by default is free: whatever is below it is the user's to name. `souls` are hashes of the SOUL.md that
Hermes itself has written into homes. Used by `node local/toolchain/hermesKeys.ts`.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

KINDS = {bool: "boolean", int: "number", float: "number", str: "text", list: "list", tuple: "list", type(None): "any"}


def leaves(tree: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Each key without a mapping below it, by its dotted path, and its default."""
    for name, value in tree.items():
        path = (*above, str(name))
        if isinstance(value, Mapping) and value:
            yield from leaves(value, path)
        else:
            yield ".".join(path), value


def kind(value: Any) -> str:
    """What a key takes whose default this is."""
    return "map" if isinstance(value, Mapping) else KINDS[type(value)]


def souls() -> list[str]:
    """SHA-256 of each text that Hermes seeds SOUL.md with, or once did, without the space around it."""
    module = importlib.import_module("hermes_cli.default_soul")
    texts = [module.DEFAULT_SOUL_MD, *getattr(module, "_LEGACY_TEMPLATE_SOULS", ())]
    return sorted({hashlib.sha256(text.strip().encode()).hexdigest() for text in texts})


def declaring() -> Path:
    """The source that holds the defaults: a module of its own since 0.21."""
    for name in ("hermes_cli.config_defaults", "hermes_cli.config"):
        try:
            return Path(str(importlib.import_module(name).__file__))
        except ModuleNotFoundError:
            continue
    raise SystemExit("No hermes_cli is installed beside this Python.")


def main() -> None:
    """Print the list."""
    source = declaring()
    version = next(dist.version for dist in distributions() if (dist.name or "").lower().startswith("hermes-agent"))
    defaults = importlib.import_module("hermes_cli.config").DEFAULT_CONFIG
    found = {
        "hermes": version,
        "source": f"hermes_cli/{source.name}",
        "sha256": hashlib.sha256(source.read_bytes()).hexdigest(),
        "keys": {path: kind(value) for path, value in sorted(leaves(defaults), key=lambda leaf: leaf[0])},
        "defaults": dict(sorted(leaves(defaults), key=lambda leaf: leaf[0])),
        "souls": souls(),
    }
    print(json.dumps(found, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
