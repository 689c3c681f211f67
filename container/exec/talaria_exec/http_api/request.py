"""A request and its answer, as the routes see them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from talaria_exec.problem import Refusal

CHUNK = 1 << 20
JSON_LIMIT = 64 << 20
"""Bytes; a command of 16 MB with as much stdin, in base64, fits."""


class Body(Protocol):
    """The body of a request, however its length is told."""

    def chunks(self) -> Iterator[bytes]:
        """The body, in pieces; once."""
        ...


@dataclass(frozen=True)
class Request:
    """`names` are the parts of the path that the route asks for."""

    names: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Body

    def read(self, limit: int) -> bytes:
        """The whole body."""
        parts: list[bytes] = []
        size = 0
        for chunk in self.body.chunks():
            size += len(chunk)
            if size > limit:
                raise Refusal("requestMalformed", f"The body is longer than {limit} bytes.")
            parts.append(chunk)
        return b"".join(parts)

    def json(self) -> Fields:
        """The body as an object."""
        try:
            value = json.loads(self.read(JSON_LIMIT) or b"{}")
        except ValueError as error:
            raise Refusal("requestMalformed", f"The body is not JSON: {error}") from error
        if not isinstance(value, dict):
            raise Refusal("requestMalformed", "The body is no JSON object.")
        return Fields(value)

    def number(self, name: str, default: float) -> float:
        """A number of the query, 0 or more."""
        text = self.query.get(name)
        try:
            value = default if text is None else float(text)
        except ValueError:
            value = -1
        if not 0 <= value < 2**53:
            raise Refusal("requestMalformed", f"{name}={text} is not a number of 0 or more.")
        return value


class Fields:
    """Fields of a JSON object, each taken as what it has to be."""

    def __init__(self, value: Mapping[str, object]) -> None:
        self._value = value

    def number(self, name: str) -> float:
        """A number of 0 or more."""
        value = self._value.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
            raise Refusal("requestMalformed", f"{name} is not a number of 0 or more.")
        return value

    def text(self, name: str) -> str | None:
        """A text, or None where it is null or missing."""
        value = self._value.get(name)
        if value is None or isinstance(value, str):
            return value
        raise Refusal("requestMalformed", f"{name} is no text.")

    def has(self, name: str) -> bool:
        """Whether it is there, and not null."""
        return self._value.get(name) is not None

    def bytes(self, name: str) -> bytes | None:
        """Bytes in base64, or None."""
        text = self.text(name)
        try:
            return None if text is None else base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise Refusal("requestMalformed", f"{name} is not base64.") from error

    def texts(self, name: str) -> dict[str, str]:
        """Texts by name; none where it is missing."""
        value = self._value.get(name) or {}
        if isinstance(value, dict) and all(isinstance(one, str) for pair in value.items() for one in pair):
            return value
        raise Refusal("requestMalformed", f"{name} holds something that is no text.")

    def inner(self, name: str) -> Fields | None:
        """An object, or None."""
        value = self._value.get(name)
        if value is None:
            return None
        if isinstance(value, dict):
            return Fields(value)
        raise Refusal("requestMalformed", f"{name} is no object.")


@dataclass(frozen=True)
class Answer:
    """`content` is a body, or a file that is sent as it is."""

    content: bytes | Path = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200

    @staticmethod
    def of(value: Mapping[str, object], status: int = 200) -> Answer:
        """JSON."""
        return Answer(json.dumps(value).encode(), {"content-type": "application/json"}, status)
