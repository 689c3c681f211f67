"""All declared files at a gateway's start: what root places, and what is done with the agent's rights."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from talaria_agent.declared_files.declaration import DeclaredFiles
from talaria_agent.declared_files.documents import bring_documents, record_documents
from talaria_agent.declared_files.folders import place_folders
from talaria_agent.declared_files.plugins import link_plugins
from talaria_agent.declared_files.skills import name_skills_folder
from talaria_agent.surroundings import Surroundings
from talaria_exec.declared.rule import Outcome

SKILLS = "skills"
PLUGINS = "plugins"
"""Folders below the managed one."""


@dataclass(frozen=True)
class Brought:
    """What became of the files. Nothing of it keeps a gateway from starting."""

    documents: list[Outcome]
    problems: list[str]
    """In words: what stood in the way of a skill or a plugin."""

    def record(self, managed: Path, files: DeclaredFiles) -> None:
        """Keep it for whoever asks how the documents stand. Call it as root."""
        record_documents(managed, files, self.documents)

    def __str__(self) -> str:
        counted = ", ".join(f"{number} {what}" for what, number in Counter(one.what for one in self.documents).items())
        blocked = [f"{one.path}: {one.reason}" for one in self.documents if one.what == "blocked"]
        return "; ".join([f"documents: {counted or 'none'}", *blocked, *self.problems])


def place_files(place: Surroundings, files: DeclaredFiles) -> None:
    """Skills and plugins, where the agent only reads. Call it as root, while no gateway runs."""
    place_folders(place.managed / SKILLS, files.skills)
    place_folders(place.managed / PLUGINS, {name: folder for name, folder in files.plugins.items() if folder is not None})


def bring_files(place: Surroundings, files: DeclaredFiles) -> Brought:
    """Everything that lies where the agent writes. Call it with his rights, while no gateway runs."""
    outcomes = bring_documents(place, files)
    skills = name_skills_folder(place.hermes_home, place.managed / SKILLS, declared=bool(files.skills))
    named = [name for name, folder in files.plugins.items() if folder is not None]
    problems = link_plugins(place.hermes_home, place.managed / PLUGINS, named, datetime.now(UTC).date())
    return Brought(outcomes, [*([f"skills: {skills}"] if skills else []), *problems])
