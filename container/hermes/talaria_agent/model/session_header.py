"""Each request to the model says which session it is for: the Worker counts its cost by it, and passes it on to nobody."""

from __future__ import annotations

from typing import Any

HEADER = "X-Talaria-Session"
LONGEST = 200
"""Characters; Hermes' own ids are shorter."""


def with_session(request: dict[str, Any], session_id: str = "", **_context: Any) -> dict[str, Any] | None:
    """Middleware of the kind `llm_request`: the request with the header, None where there is no session to name."""
    name = "".join(char for char in session_id if 32 < ord(char) < 127)[:LONGEST]
    if not name:
        return None
    headers = {**(request.get("extra_headers") or {}), HEADER: name}
    return {"request": {**request, "extra_headers": headers}, "source": "talaria"}
