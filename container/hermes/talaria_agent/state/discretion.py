"""Which log lines may leave the container: those that quote no conversation.

Hermes' logs quote messages, commands and tools' results in places. What is kept of a log outside the container must not,
so a line keeps its words only when its logger is known to write about the machinery alone.
"""

from __future__ import annotations

import re

PLAIN = ("gateway", "hermes", "cron", "aiohttp", "asyncio", "agent.conversation_loop", "agent.chat_completion_helpers")
"""Loggers that write about the machinery."""
QUOTING = ("gateway.platforms.webhook", "gateway.platforms.msgraph_webhook", "gateway.run_notifications")
"""Loggers below them that quote what people write."""

LEFT_OUT = "(words stay in the container: they may quote a conversation)"
NAMED = re.compile(r"^(\[[^\]]*\] )?([A-Za-z_][\w.]*): ")
QUOTATION = re.compile(r" (?:msg|reply_to_text|text|prompt|content)=.*", re.DOTALL)


def below(name: str, parents: tuple[str, ...]) -> bool:
    """Whether a logger is one of `parents` or lies below one (`hermes_state` counts as below `hermes`)."""
    return any(name == parent or name.startswith((f"{parent}.", f"{parent}_")) for parent in parents)


def without_conversation(text: str) -> str:
    """The text of one log line, as it may leave the container."""
    match = NAMED.match(text)
    if match is None:
        return LEFT_OUT
    name = match.group(2)
    if not below(name, PLAIN) or below(name, QUOTING):
        return f"{match.group(0)}{LEFT_OUT}"
    return QUOTATION.sub("", text)
