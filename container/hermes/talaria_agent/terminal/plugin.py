"""Where Hermes finds the plugin `talaria`: an entry point of the group `hermes_agent.plugins`."""

from __future__ import annotations

import os
from typing import Any


def register(context: Any) -> None:
    """Called by Hermes with its plugin context.

    Hermes' list of model providers loads every entry point too, some while it is imported itself: what needs Hermes is imported here.
    """
    from talaria_agent.mcp.tagging import call_tagger
    from talaria_agent.model.session_header import with_session
    from talaria_agent.terminal.provider import TalariaTerminal

    context.register_middleware("llm_request", with_session)
    context.register_terminal_environment_provider(TalariaTerminal(os.environ))
    tagger = call_tagger(os.environ)
    if tagger is not None:
        context.register_hook("pre_tool_call", tagger)
