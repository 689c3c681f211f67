"""The stack's declaration, from the inside host."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from talaria_agent.configure.declaration import ATTEMPTS, fetch_declaration, parse_declaration
from talaria_agent.problem import Problem

GOOD = {"settings": {}, "environment": {"TZ": "UTC"}, "model": {"default": "openai/gpt"}, "maxConcurrentRuns": 7, "bot": "b"}


@contextmanager
def inside_host(*answers: tuple[int, str]) -> Iterator[tuple[str, list[str]]]:
    """A stand-in for the inside host that gives `answers` in turn, the last one for ever."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers[min(len(asked), len(answers) - 1)]
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_a_declaration_is_read_and_unknown_fields_are_ignored() -> None:
    with inside_host((200, json.dumps(GOOD))) as (url, asked):
        declaration = fetch_declaration(url)
    assert (declaration.model, declaration.max_concurrent_runs, declaration.context_length) == ("openai/gpt", 7, None)
    assert asked == ["/declaration"]


def test_mcp_servers_and_routes_are_read_and_refused_where_they_are_none() -> None:
    model = {"default": "openai/gpt", "routes": {"fast": {"model": "openai/mini"}}}
    declaration = parse_declaration({**GOOD, "model": model, "mcpServers": {"a": {"hermes": {"command": "x"}, "runIn": "exec"}}})
    assert declaration.model_routes == {"fast": "openai/mini"} and declaration.mcp_servers["a"].in_exec
    with pytest.raises(Problem, match="mcpServers, model.routes"):
        parse_declaration({**GOOD, "model": {"default": "openai/gpt", "routes": {"fast": {}}}, "mcpServers": {"a": 1}})


def test_a_worker_that_is_busy_at_first_is_asked_again() -> None:
    with inside_host((503, ""), (500, ""), (200, json.dumps(GOOD))) as (url, asked):
        fetch_declaration(url, pause=lambda _: None)
    assert len(asked) == 3


@pytest.mark.parametrize(("status", "body"), [(404, ""), (403, "{}"), (200, "<html>")])
def test_an_answer_that_will_not_change_is_not_asked_for_again(status: int, body: str) -> None:
    with inside_host((status, body)) as (url, asked), pytest.raises(Problem) as refused:
        fetch_declaration(url, pause=lambda _: None)
    assert refused.value.code == "declaration_unavailable" and len(asked) == 1


def test_a_host_that_never_answers_is_given_up_after_a_bounded_number_of_tries() -> None:
    pauses: list[float] = []
    with pytest.raises(Problem) as refused:
        fetch_declaration("http://127.0.0.1:1", pause=pauses.append)
    assert refused.value.code == "declaration_unavailable"
    assert len(pauses) == ATTEMPTS - 1 and sum(pauses) < 20


def test_all_wrong_fields_are_named_at_once() -> None:
    wrong = {"settings": [], "environment": {"A": 1}, "model": {"contextLength": "big"}, "maxConcurrentRuns": 0}
    with pytest.raises(Problem) as refused:
        parse_declaration(wrong)
    for field in ("model.default", "model.contextLength", "settings", "environment", "maxConcurrentRuns"):
        assert field in refused.value.message
