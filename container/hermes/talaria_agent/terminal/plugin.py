"""Where Hermes finds the plugin `talaria`: an entry point of the group `hermes_agent.plugins`."""

from __future__ import annotations

import os
from typing import Any

from talaria_agent.terminal.provider import TalariaTerminal


def register(context: Any) -> None:
    """Called by Hermes with its plugin context."""
    context.register_terminal_environment_provider(TalariaTerminal(os.environ))
