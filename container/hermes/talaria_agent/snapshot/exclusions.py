"""What of a home does not travel: the one table, with reasons.

A pattern is relative to the home of the agent (`HOME`), or to a home of Hermes in it: `.hermes`, and each profile below
`.hermes/profiles`, which has the same layout. `*` stays within one name. A folder that matches is left out with all in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate

RUNTIME = "tells of processes of this container; in another one it is wrong"
LOCK = "a lock is held by a living process, not by a file"
LOG = "grows all the time and holds no memory"
CACHE = "is made again when it is needed"
MARK = "is written on every tick; the next gateway writes its own"
COPY = "a copy of what is in the snapshot already"

HOME: Sequence[tuple[str, str]] = (
    (".cache", CACHE),
    (".npm/_cacache", CACHE),
    (".npm/_logs", LOG),
    (".npm/_npx", CACHE),
    (".local/state/hermes", LOCK),
    (".python_history", LOG),
    (".bash_history", LOG),
)

HERMES: Sequence[tuple[str, str]] = (
    ("gateway.pid", RUNTIME),
    ("gateway.lock", LOCK),
    ("gateway_state.json", MARK),
    ("processes.json", RUNTIME),
    ("cron.pid", RUNTIME),
    ("auth.lock", LOCK),
    (".gateway-takeover.json", RUNTIME),
    (".gateway-planned-stop.json", RUNTIME),
    (".clean_shutdown", RUNTIME),
    (".restart_*.json", RUNTIME),
    (".update_*", RUNTIME),
    ("gateway-starts.log", LOG),
    ("gateway/restart_loop.json", RUNTIME),
    ("state/gateway.heartbeat", MARK),
    ("state/gateway.lifecycle.json", RUNTIME),
    ("cron/.tick.lock", LOCK),
    ("cron/.jobs.lock", LOCK),
    ("cron/ticker_heartbeat", MARK),
    ("cron/ticker_last_success", MARK),
    ("*.lock", LOCK),
    ("kanban/.dispatcher.lock", LOCK),
    ("kanban/boards/*/*.lock", LOCK),
    ("plugin-update-checks", MARK),
    ("logs", LOG),
    ("cache", CACHE),
    ("image_cache", CACHE),
    ("audio_cache", CACHE),
    ("video_cache", CACHE),
    ("document_cache", CACHE),
    ("browser_*", CACHE),
    ("temp_*", CACHE),
    ("checkpoints", COPY),
    ("sandboxes", CACHE),
    ("state-snapshots", COPY),
    ("backups", COPY),
    ("lazy-packages", CACHE),
    ("node", CACHE),
    ("bin", CACHE),
    ("models_dev_cache.json", CACHE),
    ("*_models_cache.json", CACHE),
    ("context_length_cache.yaml", CACHE),
    (".skills_prompt_snapshot.json", CACHE),
    ("moa-traces", LOG),
    ("pastes", CACHE),
)

ANYWHERE = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"})
"""Folders that are made again wherever they are."""


def _compiled(table: Sequence[tuple[str, str]]) -> re.Pattern[str]:
    one_name = [translate(pattern).replace(".*", "[^/]*") for pattern, _ in table]
    return re.compile("|".join(one_name), re.DOTALL)


_HOME = _compiled(HOME)
_HERMES = _compiled(HERMES)
_PROFILE = re.compile(r"\.hermes/(?:profiles/[^/]+/)?(.+)", re.DOTALL)


def left_out(path: str) -> bool:
    """Whether what is at `path`, relative to the home, stays behind. Ask for folders before what is in them."""
    if path.rpartition("/")[2] in ANYWHERE or _HOME.fullmatch(path):
        return True
    inner = _PROFILE.fullmatch(path)
    return inner is not None and _HERMES.fullmatch(inner.group(1)) is not None
