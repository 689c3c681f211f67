"""The environment of what an operator runs beside the gateway: the gateway's places, none of its secrets."""

from __future__ import annotations

from collections.abc import Mapping

from talaria_agent.configure.managed_environment import CHAT_TOKENS
from talaria_agent.configure.managed_scope import PLUGIN
from talaria_agent.gateway.environment import PACKAGES, own_tools
from talaria_agent.snapshot.restic import SECRETS
from talaria_agent.surroundings import Surroundings
from talaria_agent.user.identity import Identity

WITHHELD = ("PYTHONPATH", "API_SERVER_KEY", *CHAT_TOKENS, *SECRETS)


def hands_environment(inherited: Mapping[str, str], place: Surroundings, identity: Identity | None) -> dict[str, str]:
    """What was inherited without secrets, with the gateway's home and managed scope.

    Hermes itself reads the managed scope's `.env`, as its user may: that is where the API server's key and chat tokens are.
    """
    needed = {
        "HOME": str(place.home),
        "HERMES_HOME": str(place.hermes_home),
        "HERMES_MANAGED_DIR": str(place.managed),
        "HERMES_GATEWAY_LOCK_DIR": str(place.run / "locks"),
        "HERMES_DISABLE_LAZY_INSTALLS": "1",
        "PYTHONUNBUFFERED": "1",
        "TERMINAL_ENV": PLUGIN,
    }
    if identity is None:
        needed |= {"HERMES_ALLOW_ROOT_GATEWAY": "1", "PYTHONPATH": str(PACKAGES)}
    else:
        needed |= {"USER": identity.name, "LOGNAME": identity.name, "SHELL": "/bin/bash"}
        needed |= own_tools(inherited.get("PATH", ""), place)
    return {**{name: value for name, value in inherited.items() if name not in WITHHELD}, **needed}
