"""Installs the packages of MCP servers, each server's apart, with a program `run` that starts it.

MCP_PACKAGES holds a word for each: `name:manager:program:package,…`. Without a program it is the one that npm's package brings, as
npx picks it. Both images have them: in Hermes' image for the servers beside the gateway, in Exec's for those of a session.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from machine import use_machine

FOLDER = Path("/opt/mcp")
NODE = Path("/usr/local/bin/node")


def main(folder: Path = FOLDER) -> None:
    """Install all. Fails with the first package that cannot be had."""
    use_machine()
    folder.mkdir(parents=True, exist_ok=True)
    for word in os.environ.get("MCP_PACKAGES", "").split():
        name, manager, program, packages = word.split(":", 3)
        install(folder / name, manager, program, packages.split(","))
    if os.environ.get("MCP_NODE") == "copy" and any(folder.glob("*/node_modules")):
        # An image that has no Node of its own gets one for these servers alone.
        (folder / ".node").mkdir(exist_ok=True)
        shutil.copy2(NODE, folder / ".node" / "node")
    for below, folders, files in os.walk(folder):
        for name in (*folders, *files, "."):
            os.utime(os.path.join(below, name), (0, 0), follow_symlinks=False)


def install(into: Path, manager: str, program: str, packages: Sequence[str]) -> None:
    """One server's packages and its `run`."""
    into.mkdir()
    if manager == "pip":
        own = into / "venv" / "bin"
        run(sys.executable, "-m", "venv", into / "venv")
        run(own / "python", "-m", "pip", "install", "--no-input", "--no-cache-dir", "--disable-pip-version-check", "--root-user-action=ignore", *packages)
    else:
        own = into / "node_modules" / ".bin"
        # Scripts of a package may build what it needs: they run here, where nothing of the bot is.
        npm = ("npm", "install", "--prefix", into, "--no-fund", "--no-audit", "--no-update-notifier", "--cache", "/tmp/npm")
        run(*npm, packages[0])
        program = program or own_program(into)
        if len(packages) > 1:
            run(*npm, *packages[1:])
    start = into / "run"
    path = f"{own}:{into.parent / '.node'}"
    start.write_text(f'#!/bin/sh\nPATH={shlex.quote(path)}:"$PATH" exec {shlex.quote(program)} "$@"\n', encoding="utf-8")
    start.chmod(0o755)


def own_program(folder: Path) -> str:
    """The program that npx would start: the only one, else that of the package's own name."""
    [name] = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
    given = json.loads((folder / "node_modules" / name / "package.json").read_text(encoding="utf-8")).get("bin")
    bare = name.rpartition("/")[2]
    if isinstance(given, str):
        return bare
    programs = sorted(given or {})
    if len(programs) == 1:
        return programs[0]
    if bare in programs:
        return bare
    raise SystemExit(f"{name} has the programs {', '.join(programs) or '(none)'}: name one by `npx --package={name}@… PROGRAM`.")


def run(*command: object) -> None:
    """Output goes into the build's."""
    subprocess.run([str(part) for part in command], check=True)


if __name__ == "__main__":
    main()
