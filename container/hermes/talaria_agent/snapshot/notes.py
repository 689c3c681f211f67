"""What a snapshot could not take, or found unusual: told with the result, never passed over in silence."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST = 20
"""Names of each kind that are told; beyond it only the count."""


@dataclass
class Notes:
    """Paths, relative to the home, by what is to say of them."""

    vanished: list[str] = field(default_factory=list)
    """Gone between the listing and the look: the agent works on."""
    unreadable: list[str] = field(default_factory=list)
    """Neither the agent's user nor restic may read them."""
    foreign: list[str] = field(default_factory=list)
    """Another user's file that has a second name somewhere: it may lie outside the home."""
    too_deep: list[str] = field(default_factory=list)
    """Below more folders, or under a longer name, than programs can open."""
    too_large: list[str] = field(default_factory=list)
    """Larger than any memory, mostly holes."""
    outward: list[str] = field(default_factory=list)
    """Links that lead out of the home: kept as links, never read through."""
    special: list[str] = field(default_factory=list)
    """Sockets, pipes, devices."""
    copied: list[str] = field(default_factory=list)
    """Files that changed while they were read, and were copied first the second time."""

    def as_dict(self) -> dict[str, object]:
        """Up to MOST names of each kind that has any, and the counts."""
        lists = {name: paths for name, paths in vars(self).items() if paths}
        return {
            "counts": {_camel(name): len(paths) for name, paths in lists.items()},
            **{_camel(name): sorted(paths)[:MOST] for name, paths in lists.items()},
        }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
