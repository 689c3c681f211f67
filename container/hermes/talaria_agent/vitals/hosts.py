"""Where each chat platform is reached, and how long a live connection to it can be silent: facts of Hermes' adapters.

A platform that is not listed keeps no connection of its own (an API server, webhooks), or one whose place is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment

Place = tuple[str, int]
"""Host and port."""


@dataclass(frozen=True)
class Platform:
    """One chat platform."""

    silence_limit: int
    """Seconds; well past the moment at which Hermes itself would have mended the connection."""
    places: tuple[Place, ...] = ()
    variable: str | None = None
    """Environment variable with the URL of a server of one's own."""
    proxy: str | None = None
    """Environment variable with a proxy for this platform alone."""
    webhook: str | None = None
    """Environment variable that makes the platform come in by itself, without a connection."""


PLATFORMS: Mapping[str, Platform] = {
    # slack_sdk pings each 5 s (SocketModeClient.ping_interval); Hermes reconnects after 4 of them, and looks each 15 s.
    "slack": Platform(120, tuple((f"{name}.slack.com", 443) for name in ("wss-primary", "wss-backup", "wss"))),
    # A long poll of 10 s (Updater.start_polling); Hermes calls one stalled after 150 s (_POLLING_STALL_TIMEOUT).
    "telegram": Platform(
        240,
        (("api.telegram.org", 443), ("149.154.166.110", 443), ("149.154.167.220", 443)),
        proxy="TELEGRAM_PROXY",
        webhook="TELEGRAM_WEBHOOK_URL",
    ),
    # Discord answers a heartbeat each 41.25 s; Hermes reconnects where none came for 60 s, twice in 15 s.
    "discord": Platform(
        180,
        (("gateway.discord.gg", 443), *((f"gateway-us-east1-{zone}.discord.gg", 443) for zone in "bcd")),
        proxy="DISCORD_PROXY",
    ),
    # aiohttp pings after 30 s of silence (ws_connect(heartbeat=30)) and closes 15 s later.
    "mattermost": Platform(120, variable="MATTERMOST_URL", proxy="MATTERMOST_PROXY"),
    "homeassistant": Platform(120, variable="HASS_URL"),
    # /sync answers within 30 s; Hermes gives up after 45.
    "matrix": Platform(120, variable="MATRIX_HOMESERVER", proxy="MATRIX_PROXY"),
    # aiohttp pings after 60 s of silence and closes 30 s later.
    "wecom": Platform(180, (("openws.work.weixin.qq.com", 443),), variable="WECOM_WEBSOCKET_URL"),
}

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
VARIABLES = frozenset(
    [name for platform in PLATFORMS.values() for name in (platform.variable, platform.proxy, platform.webhook) if name]
    + [name for base in (*PROXIES, "NO_PROXY") for name in (base, base.lower())]
)
"""What is read of the gateway's environment, and nothing else of it."""


def places(platform: Platform, environment: Mapping[str, str]) -> Sequence[Place]:
    """Where the platform is, by the gateway's environment. Empty when that does not say."""
    url = environment.get(platform.variable or "", "")
    place = place_of(url) if url else None
    return platform.places if place is None else (place,)


def place_of(url: str) -> Place | None:
    """Host and port of a URL; None for what is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or (80 if parts.scheme in ("http", "ws") else 443)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname else None


def proxied(platform: Platform, environment: Mapping[str, str]) -> bool:
    """Whether the platform may be reached through a proxy, so that its connections show the proxy's address."""
    if environment.get(platform.proxy or "", ""):
        return True
    value = {name: environment.get(name) or environment.get(name.lower()) or "" for name in (*PROXIES, "NO_PROXY")}
    if not any(value[name] for name in PROXIES):
        return False
    return not all(
        proxy_bypass_environment(f"{host}:{port}", {"no": value["NO_PROXY"]}) for host, port in places(platform, environment)
    )


def literal(host: str) -> bool:
    """Whether a host is an address: what it stands for cannot change."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
