"""Keeps the agent's processes from the SDK's server, which runs any command as root for whoever reaches its port.

Landlock does not cover MPTCP sockets on every kernel: it stops what is tried in passing, and the container stays the boundary
that counts.
"""

from __future__ import annotations

from talaria_agent.user.identity import Identity
from talaria_agent.user.landlock import CONNECT_TCP, give_up_tcp

PORT = 3000
"""The server's; the same for every address, so no other host's port 3000 can be dialled either."""


def close_server_door(identity: Identity | None, port: int = PORT) -> bool:
    """Give up connections to the port for good; False where the kernel cannot, or where Hermes has no user of its own."""
    if identity is None:
        return False
    return give_up_tcp(CONNECT_TCP, but=(other for other in range(1 << 16) if other != port))
