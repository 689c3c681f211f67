"""
Where Hermes finds the stack's skills: `skills.external_dirs` of the home's own config.yaml. Hermes reads that section there alone and
not in the managed scope (`agent/skill_utils.py`, 0.19 to 0.22), so the user's file names the folder; all else in it stays.
"""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Mapping, MutableMapping, MutableSequence
from pathlib import Path
from typing import Any

from talaria_agent.atomic import write_atomically


def name_skills_folder(home: Path, folder: Path, declared: bool) -> str | None:
    """
    Put `folder` first in the list, or take it out where no skill is `declared`. Call it with the agent's rights, before Hermes runs.
    Returns why it could not be done, in words; None when the list is right.
    """
    path = home / "config.yaml"
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return "config.yaml is no plain file" if declared else None
        text = path.read_text(encoding="utf-8-sig")
        changed = _with_folder(text, str(folder), declared)
    except FileNotFoundError:
        return "there is no config.yaml" if declared else None
    except (OSError, ValueError) as error:
        return f"config.yaml cannot be read or written: {str(error).splitlines()[0]}" if declared else None
    if changed is None:
        return None
    try:
        write_atomically(path, changed, mode=stat.S_IMODE(path.stat().st_mode))
    except OSError as error:
        return f"config.yaml cannot be written: {error.strerror}"
    return None


def users_own(tree: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A config.yaml without the entry that `name_skills_folder` puts there: what the user and the agent themselves say."""
    section = tree.get("skills")
    listed = section.get("external_dirs") if isinstance(section, Mapping) else None
    if not isinstance(section, Mapping) or not isinstance(listed, list) or str(folder) not in listed:
        return dict(tree)
    rest = [entry for entry in listed if entry != str(folder)]
    others = {name: value for name, value in section.items() if name != "external_dirs"}
    own = {**others, "external_dirs": rest} if rest else others
    return {name: own if name == "skills" else value for name, value in tree.items() if name != "skills" or own}


def _with_folder(text: str, folder: str, declared: bool) -> str | None:
    """The file with its list put right; None where it is. Raises ValueError for what has no place for a list."""
    load, dump = _library()
    data = load(text)
    data = {} if data is None else data
    if not isinstance(data, MutableMapping):
        raise ValueError("it has no mapping at its top")
    section = data.get("skills")
    section = {} if section is None else section
    if not isinstance(section, MutableMapping):
        raise ValueError("its key skills is no mapping")
    found = section.get("external_dirs")
    listed = [found] if isinstance(found, str) else list(found or [])
    wanted = [*([folder] if declared else []), *(entry for entry in listed if entry != folder)]
    if wanted == listed:
        return None
    if not wanted:
        del section["external_dirs"]
    elif isinstance(found, MutableSequence):
        # In place: the comments of its lines stay.
        for at in [at for at, entry in enumerate(found) if entry == folder][::-1]:
            del found[at]
        if declared:
            found.insert(0, folder)
    else:
        section["external_dirs"] = wanted
    if section:
        data["skills"] = section
    else:
        data.pop("skills", None)
    return dump(data)


def _library() -> tuple[Any, Any]:
    """Reader and writer of YAML that keep comments and order: Hermes' own; JSON, which is YAML, where there is none."""
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError
    except ImportError:
        return json.loads, lambda data: json.dumps(data, indent=2) + "\n"
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096

    def load(text: str) -> Any:
        try:
            return yaml.load(text)
        except YAMLError as error:
            raise ValueError(str(error)) from error

    def dump(data: Any) -> str:
        out = io.StringIO()
        yaml.dump(data, out)
        return out.getvalue()

    return load, dump
