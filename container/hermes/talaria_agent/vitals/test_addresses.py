"""The addresses behind names, over time."""

import json
import socket
from ipaddress import ip_address
from pathlib import Path

import pytest

from talaria_agent.vitals.addresses import REMEMBERED_SECONDS, addresses_of


def answers(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def getaddrinfo(host: str, *_: object, **__: object) -> list:
        if not addresses:
            raise socket.gaierror("no answer")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_an_address_is_known_a_day_after_the_name_last_had_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = tmp_path / "vitals" / "addresses.json"
    answers(monkeypatch, "192.0.2.1")
    assert addresses_of({"a"}, memory, 1000.0) == {"a": {ip_address("192.0.2.1")}}
    answers(monkeypatch, "192.0.2.2")
    assert addresses_of({"a"}, memory, 2000.0) == {"a": {ip_address("192.0.2.1"), ip_address("192.0.2.2")}}
    answers(monkeypatch)
    assert addresses_of({"a"}, memory, 3000.0) == {"a": {ip_address("192.0.2.1"), ip_address("192.0.2.2")}}
    answers(monkeypatch, "::ffff:192.0.2.3")
    assert addresses_of({"a"}, memory, 3000.0 + REMEMBERED_SECONDS) == {"a": {ip_address("192.0.2.3")}}


def test_what_is_known_already_is_not_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = tmp_path / "addresses.json"
    answers(monkeypatch, "192.0.2.1")
    addresses_of({"a"}, memory, 5000.0)
    written = memory.stat().st_mtime_ns
    addresses_of({"a"}, memory, 5060.0)
    assert memory.stat().st_mtime_ns == written
    addresses_of({"a"}, memory, 5000.0 + 3601)
    assert json.loads(memory.read_text()) == {"a": {"192.0.2.1": 5000.0 + 3601}}


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": {"not an address": 1}}'])
def test_a_memory_that_cannot_be_read_fills_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    memory = tmp_path / "addresses.json"
    memory.write_text(text)
    answers(monkeypatch, "192.0.2.1")
    assert addresses_of({"a"}, memory, 5000.0) == {"a": {ip_address("192.0.2.1")}}
