"""What the supervisor reads from its environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PORT = 3500
CERTIFICATE = "/etc/cloudflare/certs/cloudflare-containers-ca.crt"
"""Where the platform puts its authority when HTTPS is intercepted."""

NOT_FOR_JOBS = ("_", "PWD", "OLDPWD", "SHLVL", "TALARIA_EXEC_PORT", "TALARIA_EXEC_CA")


@dataclass(frozen=True)
class Settings:
    """`environment` is what every job starts from."""

    bind: str
    port: int
    workspace: Path
    private: Path
    """A folder of the supervisor's own, outside the workspace; emptied at the start."""
    certificate: Path
    environment: Mapping[str, str]


def _for_jobs(environ: Mapping[str, str]) -> Mapping[str, str]:
    """Without what concerns this program alone, its folder on PATH too."""
    own = str(Path(sys.argv[0]).resolve().parent)
    path = os.pathsep.join(folder for folder in environ.get("PATH", os.defpath).split(os.pathsep) if folder != own)
    return {**{name: value for name, value in environ.items() if name not in NOT_FOR_JOBS}, "PATH": path}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Exits with a sentence when a variable is missing."""
    workspace = environ.get("TALARIA_WORKSPACE")
    if not workspace:
        sys.exit("talaria-exec: TALARIA_WORKSPACE is not set; it is the folder that commands work in.")
    return Settings(
        bind=environ.get("TALARIA_BIND") or "127.0.0.1",
        port=int(environ.get("TALARIA_EXEC_PORT") or PORT),
        workspace=Path(workspace),
        private=Path(environ.get("TMPDIR") or "/tmp") / f"talaria-exec-{os.getuid()}",
        certificate=Path(environ.get("TALARIA_EXEC_CA") or CERTIFICATE),
        environment=_for_jobs(environ),
    )
