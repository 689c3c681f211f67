"""What an app on Slack's own Bolt makes of requests: reads a JSON list of {headers, body}, prints one answer for each."""

from __future__ import annotations

import json
import logging
import os
import sys

from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult

logging.disable(logging.CRITICAL)
heard: dict[str, object] = {}


def authorize(**_: object) -> AuthorizeResult:
    """An installation that needs no question to Slack."""
    return AuthorizeResult(enterprise_id=None, team_id="T0TALARIA", bot_token="xoxb-1", bot_id="B1", bot_user_id="U1")


app = App(signing_secret=os.environ["SIGNING_SECRET"], authorize=authorize, process_before_response=True)


@app.command("/talaria")
def command(ack, body) -> None:  # noqa: ANN001: Bolt passes its own by these names
    """Keep what Bolt read of a slash command."""
    names = {"text": "text", "user": "user_id", "team": "team_id", "channel": "channel_id", "responseUrl": "response_url"}
    heard.update({ours: body.get(theirs, "") for ours, theirs in names.items()})
    ack()


@app.action("wake")
def action(ack, body) -> None:  # noqa: ANN001
    """Keep what Bolt read of a pressed button."""
    heard.update(
        text=body["actions"][0]["value"],
        user=body["user"]["id"],
        team=body["team"]["id"],
        channel=body["channel"]["id"],
        responseUrl=body["response_url"],
    )
    ack()


def answer(request: dict[str, object]) -> dict[str, object]:
    """The status that Bolt answers with, and what it read."""
    heard.clear()
    response = app.dispatch(BoltRequest(body=request["body"], headers=request["headers"]))
    return {"status": response.status, "heard": dict(heard)}


print(json.dumps([answer(request) for request in json.load(sys.stdin)]))
