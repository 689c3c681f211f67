"""What the gateway of a real Hermes makes of its environment and its managed scope: run by Hermes' own Python, answers JSON.

Nothing connects: the configuration is loaded as the gateway loads it, Slack's adapter is made, and people are judged.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import gateway
from gateway.config import GatewayConfig, Platform, load_gateway_config
from gateway.run import GatewayRunner
from gateway.session import SessionSource
from plugins.platforms.slack.adapter import SlackAdapter


class Pairing:
    """A pairing store that knows nobody."""

    def is_approved(self, *_: object, **__: object) -> bool:
        return False


def judged(config: GatewayConfig, platform: Platform, user: str) -> bool:
    """Whether the gateway lets `user` talk to it in a direct message."""
    runner = object.__new__(GatewayRunner)
    runner.config = config
    runner.adapters = {}
    runner.pairing_store = Pairing()
    runner.pairing_stores = {}
    return bool(runner._is_user_authorized(SessionSource(platform=platform, chat_id="D1", chat_type="dm", user_id=user)))


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """`platforms`: names. `people`: [platform, user] pairs. `variables`: names that Hermes' sources should have."""
    config = load_gateway_config()
    platforms: dict[str, Any] = {}
    for name in asked["platforms"]:
        try:
            found = config.platforms.get(Platform(name))
        except ValueError:
            found = None
        if found is None:
            platforms[name] = None
            continue
        home = found.home_channel
        platforms[name] = {
            "enabled": found.enabled,
            "home": None if home is None else home.chat_id,
            "strangers": config.get_unauthorized_dm_behavior(Platform(name)),
        }
    slack = SlackAdapter(config.platforms[Platform.SLACK])
    top = Path(gateway.__file__).parent.parent
    sources = "".join(
        file.read_text(encoding="utf-8", errors="replace")
        for folder in ("gateway", "plugins/platforms")
        for file in (top / folder).rglob("*.py")
    )
    return {
        "platforms": platforms,
        "slack": {
            "requireMention": slack._slack_require_mention(),
            "freeResponseChannels": sorted(slack._slack_free_response_channels()),
            "allowedChannels": sorted(slack._slack_allowed_channels()),
            "flat": slack._resolve_thread_ts("1.0", {"thread_id": "1.0"}) is None,
        },
        "people": [judged(config, Platform(name), user) for name, user in asked["people"]],
        # The switch that lets everybody in is made of the list's name.
        "unread": [
            name
            for name in asked["variables"]
            if name not in sources and name.replace("_ALLOW_ALL_USERS", "_ALLOWED_USERS") not in sources
        ],
        "effective": {name: os.environ.get(name) for name in asked["variables"]},
    }


json.dump(answer(json.load(sys.stdin)), sys.stdout)
