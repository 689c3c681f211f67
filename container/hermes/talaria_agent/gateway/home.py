"""Hermes' home before a start: the folders that must be there, the files that must not."""

from __future__ import annotations

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
