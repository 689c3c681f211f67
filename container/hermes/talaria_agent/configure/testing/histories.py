"""Random configurations and what happens to them, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Tree = dict[str, Any]

OWNED = ("model", "terminal", "plugins", "database", "gateway", "security", "_config_version")
"""What Talaria itself declares, or the deploy refuses: no stack declares it, though a user may write it."""

REWRITTEN = ("max_turns", "custom_providers", "providers", "fallback_providers", "fallback_model", "toolsets", "timezone", "platform_toolsets")
"""Top-level keys that Hermes' loader brings into another form."""

INVENTED = ("mine.colour", "mine.deep.er.still", "mine.deep.list", "notes.first", "mcp_servers.one.command", "mcp_servers.two.url")
"""Keys that Hermes' defaults do not know; it keeps them."""


def leaves(tree: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*above, name))
        else:
            yield (*above, name), value


def at(tree: Any, path: Sequence[str]) -> Any:
    """What stands there; `MISSING` where nothing does."""
    for name in path:
        if not isinstance(tree, dict) or name not in tree:
            return MISSING
        tree = tree[name]
    return tree


MISSING = object()


def put(tree: Tree, path: Sequence[str], value: Any) -> None:
    for name in path[:-1]:
        below = tree.get(name)
        tree = tree.setdefault(name, {}) if isinstance(below, dict) or below is None else {}
    tree[path[-1]] = value


def touch(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one path is the other, above it or below it."""
    shared = min(len(one), len(other))
    return tuple(one[:shared]) == tuple(other[:shared])


@dataclass
class Chance:
    """Everything that is drawn comes from here."""

    seed: int
    defaults: Tree
    draw: random.Random = field(init=False)
    known: list[tuple[tuple[str, ...], Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)
        self.known = [
            (path, value)
            for path, value in leaves(self.defaults)
            if path[0] not in (*OWNED, *REWRITTEN) and value is not None and value != {} and all(part and "." not in part for part in path)
        ]

    def leaf(self) -> tuple[tuple[str, ...], Any]:
        """A path with a value of the kind that stands there, or one that nobody knows with any."""
        if self.draw.random() < 0.3:
            path = tuple(self.draw.choice(INVENTED).split("."))
            return path, ["a", "b"] if path[-1] == "list" else self.value(self.draw.choice([True, 1, 1.5, "a word", []]))
        path, default = self.draw.choice(self.known)
        return path, self.value(default)

    def value(self, like: Any) -> Any:
        words = ("alpha", "béta γ", "a: b # c", "'quoted' \"twice\"", "yes", "0123", "multi\nline", "👋")
        if isinstance(like, bool):
            return self.draw.random() < 0.5
        if isinstance(like, int):
            return self.draw.randrange(1, 500)
        if isinstance(like, float):
            return self.draw.randrange(1, 500) / 8
        if isinstance(like, list):
            return [self.draw.choice(words) for _ in range(self.draw.randrange(0, 4))]
        return self.draw.choice(words)

    def tree(self, most: int) -> Tree:
        made: Tree = {}
        for _ in range(self.draw.randrange(0, most + 1)):
            path, value = self.leaf()
            if not any(touch(path, other) for other, _ in leaves(made)):
                put(made, path, value)
        return made
