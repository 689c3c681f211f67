"""The pages of Hermes' dashboard, built out of its source tree. Runs in a stage of the Dockerfile that has Node.

Without them the bot works, and its dashboard says that it has none: a registry that cannot be reached is no reason to have no bot.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

NPM = ("node", "/usr/local/lib/node_modules/npm/bin/npm-cli.js")
LONGEST_SECONDS = 900


def build_pages(source: Path, npm: tuple[str, ...] = NPM) -> None:
    """Leave them in `hermes_cli/web_dist`, where Hermes looks, by the tree's own lock file; nothing else stays."""
    web = source / "web"
    if os.environ.get("DASHBOARD") != "true" or not (web / "package.json").exists():
        return
    top = source if (source / "package-lock.json").exists() else web
    # The whole tree's workspaces would bring along the desktop program.
    only = ("--workspace", "web") if top == source else ()
    try:
        quiet = ("--no-fund", "--no-audit", "--no-update-notifier")
        subprocess.run([*npm, "ci", *only, *quiet], check=True, cwd=top, timeout=LONGEST_SECONDS)
        subprocess.run([*npm, "run", "build"], check=True, cwd=web, timeout=LONGEST_SECONDS)
        print(f"the dashboard's pages: {sum(1 for _ in (source / 'hermes_cli' / 'web_dist').rglob('*'))} files", flush=True)
    except (OSError, subprocess.SubprocessError) as error:
        shutil.rmtree(source / "hermes_cli" / "web_dist", ignore_errors=True)
        print(f"warning: the dashboard's pages were not built, so this image has no dashboard: {error}", flush=True)
    finally:
        for folder in (top, web):
            shutil.rmtree(folder / "node_modules", ignore_errors=True)
