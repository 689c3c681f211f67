"""What the stack declares, fetched from the inside host."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from talaria_agent.declared_files.declaration import DeclaredFiles, parse_files
from talaria_agent.mcp.servers import McpServer, parse_servers
from talaria_agent.problem import INVALID_DATA, UNAVAILABLE, Problem

LARGEST_ANSWER = 4_000_000
ATTEMPTS = 6
"""Tries in all; with the pauses between them they last about fifteen seconds when nothing answers."""

DEFAULT_RUNS = 32
Field = TypeVar("Field")


@dataclass(frozen=True)
class Declaration:
    """The part of the stack's declaration that this container obeys."""

    settings: Mapping[str, Any]
    """Leaves of Hermes' config.yaml that win over what the user or the agent set."""
    environment: Mapping[str, str]
    """Plain environment of the gateway process."""
    model: str
    """Default model id, `provider/model` for a named provider."""
    context_length: int | None
    """Tokens; None lets Hermes look the model up."""
    max_concurrent_runs: int
    """Runs that Hermes' API server serves at once."""
    stack: str = ""
    """Name of the Pulumi stack, for what is told to people."""
    mcp_servers: Mapping[str, McpServer] = field(default_factory=dict)
    model_routes: Mapping[str, str] = field(default_factory=dict)
    """Model ids, by the names that requests of the API give as their model."""
    files: DeclaredFiles = DeclaredFiles()
    """Documents, skills and plugins, and where the agent works."""
    timezone: str | None = None
    """IANA name; None leaves Hermes at the container's."""
    extra_args: tuple[str, ...] = ()
    """Options behind `hermes gateway run`."""


def parse_declaration(data: object) -> Declaration:
    """Check the answer of `GET /declaration`; every wrong field is named at once."""
    fields = data if isinstance(data, dict) else {}
    model = fields.get("model")
    model = model if isinstance(model, dict) else {}
    settings = fields.get("settings", {})
    environment = fields.get("environment", {})
    context_length = model.get("contextLength")
    runs = fields.get("maxConcurrentRuns", DEFAULT_RUNS)
    servers, routes = _given(parse_servers, fields.get("mcpServers", {})), _given(_routes, model.get("routes", {}))
    timezone = fields.get("timezone")
    extra_args = fields.get("extraArgs", [])
    wrong = [
        name
        for name, right in (
            ("model.default", isinstance(model.get("default"), str) and bool(model["default"])),
            ("model.contextLength", context_length is None or type(context_length) is int),
            ("settings", isinstance(settings, dict)),
            (
                "environment",
                isinstance(environment, dict)
                and all(isinstance(value, str) and name.isidentifier() for name, value in environment.items()),
            ),
            ("maxConcurrentRuns", type(runs) is int and runs > 0),
            ("mcpServers", servers is not None),
            ("model.routes", routes is not None),
            ("timezone", timezone is None or isinstance(timezone, str)),
            ("extraArgs", isinstance(extra_args, list) and all(isinstance(word, str) for word in extra_args)),
        )
        if not right
    ]
    files, wrong_files = parse_files(fields)
    wrong += wrong_files
    if wrong:
        raise Problem(
            "declaration_invalid",
            f"The Worker's declaration is missing or wrong in: {', '.join(wrong)}.",
            "Check the stack's config and run `pulumi up`.",
            INVALID_DATA,
        )
    return Declaration(
        settings=settings,
        environment=environment,
        model=model["default"],
        context_length=context_length,
        max_concurrent_runs=runs,
        stack=str(fields.get("stack", "")),
        mcp_servers=servers or {},
        model_routes=routes or {},
        files=files,
        timezone=timezone,
        extra_args=tuple(extra_args),
    )


def _given(parse: Callable[[object], Field], data: object) -> Field | None:
    """None where it is not as expected."""
    try:
        return parse(data)
    except ValueError:
        return None


def _routes(data: object) -> dict[str, str]:
    if not isinstance(data, dict):
        raise ValueError("no mapping")
    models = {str(alias): route.get("model") if isinstance(route, dict) else None for alias, route in data.items()}
    if not all(isinstance(model, str) and model for model in models.values()):
        raise ValueError("a route without a model")
    return {alias: str(model) for alias, model in models.items()}


def fetch_declaration(url: str, pause: Callable[[float], None] = time.sleep) -> Declaration:
    """Ask the inside host at `url`, again after a pause when it does not answer or answers 5xx.

    Proxies from the environment are ignored: the inside host is reached directly or not at all.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            pause(min(0.25 * 2**attempt, 5.0))
        try:
            with opener.open(f"{url}/declaration", timeout=10) as answer:
                return parse_declaration(json.loads(answer.read(LARGEST_ANSWER)))
        except urllib.error.HTTPError as error:
            reason = f"it answered {error.code}"
            if error.code < 500 and error.code not in (408, 429):
                break
        except ValueError as error:
            reason = f"its answer is not JSON ({error})"
            break
        except OSError as error:
            reason = str(getattr(error, "reason", error))
    raise Problem(
        "declaration_unavailable",
        f"The inside host did not give the declaration at {url}/declaration: {reason}.",
        "See the Worker's log (`./talaria logs --source worker`); the Agent tries again by itself.",
        UNAVAILABLE,
    )
