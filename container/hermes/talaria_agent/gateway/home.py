"""Hermes' home before a start: the folders that must be there, the files that must not."""

from __future__ import annotations

import os
import stat
from pathlib import Path

FOLDERS = ("cron", "logs", "memories", "sessions", "skills", "state")

STALE = (
    "gateway.pid",
    "gateway.lock",
    "gateway_state.json",
    "processes.json",
    "cron.pid",
    "auth.lock",
    ".gateway-takeover.json",
    ".gateway-planned-stop.json",
    "state/gateway.heartbeat",
    "state/gateway.lifecycle.json",
    "cron/.tick.lock",
    "cron/.jobs.lock",
    "cron/ticker_heartbeat",
    "cron/ticker_last_success",
    "gateway-starts.log",
    "gateway/restart_loop.json",
)
"""What a gateway that is gone leaves behind. `.clean_shutdown` stays: Hermes reads and removes it itself."""


SECRET_FILES = (".env", "auth.json", "google_token.json", "slack_tokens.json")
SECRET_FOLDERS = ("mcp-tokens", "pairing")
CLOSED = 0o600


def close_secrets(home: Path) -> list[str]:
    """Take secret files from everyone but their owner, whatever wrote them; returns the names of those that were open. No link is followed."""
    folders = [home / name for name in SECRET_FOLDERS if (home / name).is_dir() and not (home / name).is_symlink()]
    paths = [home / name for name in SECRET_FILES] + [path for folder in folders for path in sorted(folder.iterdir())]
    return [str(path.relative_to(home)) for path in paths if _close(path)]


def _close(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False  # not there, a link, or closed even to its owner
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode) or not stat.S_IMODE(state.st_mode) & 0o077:
            return False
        os.fchmod(descriptor, CLOSED)
        return True
    except PermissionError:
        return False  # somebody else's: Hermes cannot read it either
    finally:
        os.close(descriptor)


def prepare_home(home: Path, workspace: Path) -> None:
    """Make the folders. The home is closed to other users: it holds tokens and conversations."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    workspace.mkdir(parents=True, exist_ok=True)
    for name in FOLDERS:
        (home / name).mkdir(parents=True, exist_ok=True, mode=0o700)


def sweep_home(home: Path) -> list[str]:
    """Remove what a dead gateway left; returns the names. Call it only while no gateway runs."""
    swept = []
    for name in STALE:
        path = home / name
        if path.is_file() or path.is_symlink():
            path.unlink()
            swept.append(name)
    return swept
