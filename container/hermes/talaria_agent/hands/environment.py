"""The environment of what an operator runs beside the gateway: the gateway's places, none of its secrets."""

from __future__ import annotations

from collections.abc import Mapping

from talaria_agent.configure.managed_environment import CHAT_TOKENS
from talaria_agent.gateway.environment import PACKAGES, hermes_environment
from talaria_agent.snapshot.restic import SECRETS
from talaria_agent.surroundings import Surroundings
from talaria_agent.user.identity import Identity

HANDS = PACKAGES / "hands"
"""Programs that stand before those of the same name for whoever types: `hermes` says what is the stack's to decide."""

WITHHELD = ("PYTHONPATH", "API_SERVER_KEY", *CHAT_TOKENS, *SECRETS)


def hands_environment(inherited: Mapping[str, str], place: Surroundings, identity: Identity | None) -> dict[str, str]:
    """What was inherited without secrets, with the gateway's home and managed scope.

    Hermes itself reads the managed scope's `.env`, as its user may: that is where the API server's key and chat tokens are.
    """
    needed = hermes_environment(inherited, place, identity)
    path = needed.get("PATH", inherited.get("PATH", ""))
    needed |= {"PATH": f"{HANDS}:{path}", "TALARIA_HANDS": str(HANDS), "TALARIA_HERMES": str(HANDS / "hermes")}
    needed |= {"HERMES_ALLOW_ROOT_GATEWAY": "1"} if identity is None else {"SHELL": "/bin/bash"}
    return {**{name: value for name, value in inherited.items() if name not in WITHHELD}, **needed}
