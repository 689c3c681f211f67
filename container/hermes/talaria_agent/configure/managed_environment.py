"""The managed scope's .env: the one place that a stale .env in the home cannot override."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from talaria_agent.atomic import write_atomically
from talaria_agent.user.identity import Identity

CHAT_TOKENS = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "TELEGRAM_BOT_TOKEN",
    "DISCORD_BOT_TOKEN",
    "MATRIX_ACCESS_TOKEN",
    "MATRIX_PASSWORD",
    "MATTERMOST_TOKEN",
    "EMAIL_PASSWORD",
    "IRC_SERVER_PASSWORD",
    "IRC_NICKSERV_PASSWORD",
    "NTFY_TOKEN",
    "GOOGLE_CHAT_SERVICE_ACCOUNT_JSON",
    "DINGTALK_CLIENT_SECRET",
    "FEISHU_APP_SECRET",
    "WECOM_SECRET",
    "WEIXIN_TOKEN",
    "QQ_CLIENT_SECRET",
    "YUANBAO_APP_SECRET",
    "HASS_TOKEN",
)
"""What the Worker gives to the gateway's start alone: `chatSecrets` of worker/bindings.ts, in its order."""

MODEL_KEYS = ("ANTHROPIC_API_KEY",)
INSIDE = ("TALARIA_URL", "TALARIA_WORKSPACE", "TERMINAL_ENV", "TALARIA_COMMAND_GUARDS")
"""Where commands run: no .env of a home leads them elsewhere."""

API_SERVER = ("API_SERVER_ENABLED", "API_SERVER_KEY", "API_SERVER_HOST", "API_SERVER_PORT")


def secret_names(inherited: Mapping[str, str]) -> list[str]:
    """Names of the stack's secret variables, which the Worker gives with their values."""
    return [name for name in inherited.get("TALARIA_SECRET_NAMES", "").split(",") if name.isidentifier()]


def quoted(value: str) -> str:
    """A value as python-dotenv reads it back: single quotes, nothing inside is expanded."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def write_managed_environment(
    managed: Path, environment: Mapping[str, str], declared: Iterable[str], identity: Identity | None = None
) -> Path:
    """Pin the inside host, the API server's address and key, chat tokens, placeholders and the `declared` names at their values.

    Hermes lets `$HERMES_HOME/.env` win over the process environment, so a restored home could bring back
    an old key; the managed .env is read last. It holds secrets: only the gateway's user may
    read it, and where that is not the one who writes it, he may only read.
    """
    names = sorted({name for name in (*INSIDE, *API_SERVER, *CHAT_TOKENS, *MODEL_KEYS, *declared) if name in environment})
    path = managed / ".env"
    write_atomically(path, "".join(f"{name}={quoted(environment[name])}\n" for name in names), mode=0o600)
    if identity is not None:
        os.chown(path, 0, identity.gid)
        path.chmod(0o640)
    return path
