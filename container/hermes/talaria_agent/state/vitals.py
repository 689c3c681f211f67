"""What Hermes' gateway says about itself on disk, read without waking or asking it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any


def read_object(path: Path) -> dict[str, Any] | None:
    """Return the JSON object in `path`; None when it is absent or half written."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def gateway_alive(pid: int | None) -> bool:
    """Whether `pid` is a living Hermes gateway. A zombie, or a stranger that got the number, is not."""
    if not pid or pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    process = Path("/proc") / str(pid)
    if not process.parent.joinpath("self").exists():
        return True
    try:
        arguments = process.joinpath("cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"gateway" in arguments


def gateway_vitals(home: Path, now: float | None = None) -> dict[str, Any]:
    """Summarise pid, state and heartbeat of the gateway that last ran on `home`.

    `heartbeatAgeSeconds` is null when there is no heartbeat; `cleanShutdown` says that the last stop
    finished everything (the next start deletes that file).
    """
    now = time.time() if now is None else now
    record = read_object(home / "gateway_state.json") or {}
    pid_record = read_object(home / "gateway.pid") or {}
    pid = pid_record.get("pid") or record.get("pid")
    pid = pid if isinstance(pid, int) else None
    try:
        heartbeat = max(0.0, now - (home / "state" / "gateway.heartbeat").stat().st_mtime)
    except OSError:
        heartbeat = None
    platforms = record.get("platforms")
    return {
        "pid": pid,
        "alive": gateway_alive(pid),
        "state": record.get("gateway_state"),
        "exitReason": record.get("exit_reason"),
        "restartRequested": bool(record.get("restart_requested")),
        "activeAgents": record.get("active_agents") if isinstance(record.get("active_agents"), int) else 0,
        "platforms": {
            name: value.get("state")
            for name, value in (platforms.items() if isinstance(platforms, dict) else ())
            if isinstance(value, dict)
        },
        "version": record.get("code_version"),
        "updatedAt": record.get("updated_at"),
        "heartbeatAgeSeconds": None if heartbeat is None else round(heartbeat, 1),
        "cleanShutdown": (home / ".clean_shutdown").exists(),
    }
