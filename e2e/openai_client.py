"""What a program with OpenAI's Python client sees of a bot: prints one JSON object. Reads OPENAI_BASE_URL and OPENAI_API_KEY."""

from __future__ import annotations

import json
import time

import openai


def ask(client: openai.OpenAI, text: str, **more: object) -> object:
    return client.chat.completions.create(
        model="hermes-agent", messages=[{"role": "user", "content": text}], **more
    )


def pieces(client: openai.OpenAI, text: str) -> list[str]:
    found = [chunk.choices[0].delta.content for chunk in ask(client, text, stream=True)]
    return [piece for piece in found if piece]


def cancelled(client: openai.OpenAI) -> dict[str, object]:
    """Leave a stream of a minute after its first words."""
    began = time.monotonic()
    with ask(client, "FAULT drip 60\n" + "word " * 30, stream=True) as stream:
        first = next(piece for chunk in stream if (piece := chunk.choices[0].delta.content))
    return {"first": first, "seconds": time.monotonic() - began}


def thrown(client: openai.OpenAI, text: str) -> dict[str, object]:
    try:
        ask(client, text)
    except openai.APIError as error:
        return {"class": type(error).__name__, "status": getattr(error, "status_code", None), "code": error.code}
    return {"class": None}


def main() -> None:
    client = openai.OpenAI(max_retries=0)
    whole = ask(client, "hello from Python")
    print(
        json.dumps(
            {
                "models": [model.id for model in client.models.list()],
                "whole": whole.choices[0].message.content,
                "finish": whole.choices[0].finish_reason,
                "usage": whole.usage.total_tokens,
                "pieces": pieces(client, "one two three four five six"),
                "tool": ask(client, "RUN echo sum=$((40+2))").choices[0].message.content,
                "cancelled": cancelled(client),
                "errors": {
                    fault: thrown(client, f"FAULT {fault}")
                    for fault in ["refused-key", "no-credit", "unknown-model", "empty", "429", "500"]
                },
                "wrong key": thrown(openai.OpenAI(max_retries=0, api_key="not-a-key-at-all"), "hello"),
            }
        )
    )


main()
