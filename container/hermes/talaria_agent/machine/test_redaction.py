import json

import pytest

from talaria_agent.machine.redaction import redacted

SECRET = "hunter2-and-much-more"


@pytest.mark.parametrize(
    "text",
    [
        f"model:\n  api_key: {SECRET}\n",
        f"api_key: '{SECRET}'  # mine",
        f"# api_key: {SECRET}",
        f"mcp_servers:\n  one:\n    env: {{GITHUB_TOKEN: {SECRET}, PATH: /bin}}",
        f"headers:\n  Authorization: Bearer {SECRET}",
        f"headers: [x-a: 1, 'Authorization: Bearer {SECRET}']",
        f"url: https://me:{SECRET}@example.org/x",
        f"url: https://example.org/x?api_key={SECRET}",
        f"args: [--token={SECRET}]",
        f"private_key: |\n  -----BEGIN\n  {SECRET}\n\n  more {SECRET}\nnext: 1",
        f"password: >-\n    {SECRET}\n",
        f"credentials:\n  user: a\n  deep: {SECRET}\nnext: 1",
        f"tokens_secret:\n- {SECRET}\n- b\nnext: 1",
        f'secret: "first\n  {SECRET}"\nnext: 1',
        json.dumps({"model": {"api_key": SECRET, "name": "m"}}, indent=2),
        json.dumps({"model": {"api_key": SECRET, "name": "m"}}),
        "seen: sk-ant-" + SECRET,
        "seen: xoxb-" + SECRET,
    ],
)
def test_a_secret_goes_by_its_key_or_its_shape(text: str) -> None:
    shown = redacted(text)
    assert SECRET not in shown and "[secret]" in shown


def test_what_is_no_secret_stays_as_it_is_written() -> None:
    text = "# mine\nmodel:\n  default: m\n  max_tokens: 12\n  api_key: ''\nterminal: {backend: talaria, timeout: 180}\ntokens: 5"
    assert redacted(text) == text


def test_only_what_lies_below_a_hidden_key_goes_with_it() -> None:
    assert redacted("a:\n  token:\n    x: 1\n\n    y: 2\n  other: 3\nb: 4") == "a:\n  token: [secret]\n  other: 3\nb: 4"


def test_a_text_that_was_made_to_be_slow_is_not() -> None:
    assert redacted("a-b.c-" * 10_000).endswith("c-")
