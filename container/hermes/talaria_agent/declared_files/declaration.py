"""The part of the stack's declaration that is files."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from talaria_exec.declared.ledger import is_ours
from talaria_exec.declared.tree import is_inside

WORKSPACE = "workspace/"
"""Documents whose path begins so lie in the workspace, others in Hermes' home."""


@dataclass(frozen=True)
class DeclaredFile:
    """A file of a skill or a plugin."""

    content: bytes
    executable: bool = False


Folder = Mapping[str, DeclaredFile]
"""Files by their path in the folder."""


@dataclass(frozen=True)
class DeclaredFiles:
    """Empty where the stack declares none."""

    documents: Mapping[str, str] = field(default_factory=dict)
    """Path → text."""
    skills: Mapping[str, Folder] = field(default_factory=dict)
    plugins: Mapping[str, Folder | None] = field(default_factory=dict)
    """None for one that a Python package of the image brings."""
    working_directory: str = ""
    """Where the agent works, below the workspace; "" for its top."""

    def home_documents(self) -> dict[str, str]:
        """Those of Hermes' home."""
        return {path: text for path, text in self.documents.items() if not path.startswith(WORKSPACE)}

    def workspace_documents(self) -> dict[str, str]:
        """Those of the workspace, by their paths in it."""
        found = {path: text for path, text in self.documents.items() if path.startswith(WORKSPACE)}
        return {path.removeprefix(WORKSPACE): text for path, text in found.items()}


def parse_files(fields: Mapping[str, Any]) -> tuple[DeclaredFiles, list[str]]:
    """The files, and the names of what is wrong with them. A path that leaves its place is never right, whoever sent it."""
    documents = fields.get("documents", {})
    working = fields.get("workingDirectory", "")
    skills, wrong_skills = _folders(fields.get("skills", {}), "skills")
    plugins, wrong_plugins = _folders(fields.get("plugins", {}), "plugins")
    right_documents = isinstance(documents, dict) and all(
        is_inside(path) and not is_ours(path.removeprefix(WORKSPACE)) and isinstance(text, str) for path, text in documents.items()
    )
    right_working = isinstance(working, str) and (working == "" or is_inside(working))
    wrong = [name for name, right in (("documents", right_documents), ("workingDirectory", right_working)) if not right]
    wrong += wrong_skills + wrong_plugins + [f"skills.{name}" for name, folder in skills.items() if folder is None]
    if wrong:
        return DeclaredFiles(), wrong
    return DeclaredFiles(documents, {name: folder for name, folder in skills.items() if folder is not None}, plugins, working), []


def _folders(value: object, key: str) -> tuple[dict[str, Folder | None], list[str]]:
    if not isinstance(value, dict):
        return {}, [key]
    folders: dict[str, Folder | None] = {}
    wrong: list[str] = []
    for name, folder in value.items():
        try:
            if not is_inside(name) or "/" in name:
                raise ValueError(name)
            folders[name] = None if folder is True else {path: _file(path, file) for path, file in folder["files"].items()}
        except (ValueError, TypeError, KeyError, AttributeError, binascii.Error):
            wrong.append(f"{key}.{name}")
    return folders, wrong


def _file(path: str, file: Mapping[str, Any]) -> DeclaredFile:
    if not is_inside(path):
        raise ValueError(path)
    text = file.get("text")
    content = text.encode() if isinstance(text, str) else base64.b64decode(file["base64"], validate=True)
    return DeclaredFile(content, file.get("executable") is True)
