"""Which connection is whose, and what cannot be told."""

from collections.abc import Collection, Mapping
from ipaddress import ip_address

import pytest

from talaria_agent.vitals.freshness import freshness
from talaria_agent.vitals.sockets import ESTABLISHED, Address, Connection

LOCAL = (ip_address("10.0.0.2"), 40000)
INSIDE = ("talaria.internal", 80)
NAMES = {
    "gateway.discord.gg": ["162.159.130.234"],
    "wss-primary.slack.com": ["3.1.1.1", "3.1.1.2"],
    "api.telegram.org": ["149.154.166.110"],
    "talaria.internal": ["10.0.0.9"],
    "chat.example.org": ["192.0.2.7"],
}


def lookup(hosts: Collection[str]) -> Mapping[str, frozenset[Address]]:
    return {host: frozenset(ip_address(one) for one in NAMES.get(host, [host] if host[0].isdigit() else [])) for host in hosts}


def to(address: str, port: int = 443, silent: float = 1.0, received: int = 100) -> Connection:
    return Connection("1", ESTABLISHED, LOCAL, (ip_address(address), port), silent, received)


def told(name: str, *held: Connection, others: tuple[str, ...] = (), **environment: str) -> tuple[bool | None, float | None]:
    found = freshness([name, *others], held, environment, INSIDE, lookup)[name]
    return found["hasSocket"], found["silentSeconds"]


def test_a_platform_is_as_fresh_as_the_connection_that_received_last() -> None:
    assert told("slack", to("3.1.1.1", silent=70.0), to("3.1.1.2", silent=4.26)) == (True, 4.3)


def test_each_platform_has_its_own_connections() -> None:
    found = freshness(["slack", "discord"], [to("3.1.1.1", silent=3), to("162.159.130.234", silent=200)], {}, INSIDE, lookup)
    assert (found["slack"]["silentSeconds"], found["discord"]["silentSeconds"]) == (3, 200)
    assert found["discord"]["silenceLimitSeconds"] == 180


def test_a_gateway_that_dials_nobody_has_no_connection_to_its_platform() -> None:
    assert told("slack") == (False, None)
    assert told("slack", to("10.0.0.9", port=80)) == (False, None)  # the inside host is no platform's


def test_a_connection_that_never_received_anything_is_none() -> None:
    assert told("slack", to("3.1.1.1", received=0)) == (False, None)


def test_a_connection_to_nobody_known_may_be_the_platforms() -> None:
    assert told("slack", to("198.51.100.1")) == (None, None)


def test_a_server_that_is_named_by_its_address_cannot_be_elsewhere() -> None:
    assert told("mattermost", to("198.51.100.1"), MATTERMOST_URL="http://192.0.2.7:8065") == (False, None)
    assert told("mattermost", to("198.51.100.1"), MATTERMOST_URL="https://chat.example.org") == (None, None)


def test_a_server_of_ones_own_is_known_by_its_url() -> None:
    assert told("mattermost", to("192.0.2.7", 8065, 9.0), MATTERMOST_URL="http://chat.example.org:8065") == (True, 9.0)
    assert told("mattermost") == (None, None)  # its place may stand in config.yaml


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_behind_a_proxy_the_lack_of_a_connection_cannot_be_told(name: str) -> None:
    assert told("slack", **{name: "http://10.0.0.5:3128"}) == (None, None)
    assert told("slack", **{name: "http://10.0.0.5:3128", "NO_PROXY": ".slack.com"}) == (False, None)
    assert told("slack", to("3.1.1.1", silent=4), **{name: "http://10.0.0.5:3128"}) == (True, 4)


def test_a_proxy_of_one_platform_is_none_of_another() -> None:
    assert told("discord", DISCORD_PROXY="socks5://10.0.0.5:1080") == (None, None)
    assert told("slack", DISCORD_PROXY="socks5://10.0.0.5:1080") == (False, None)


def test_a_connection_that_may_be_two_platforms_is_neithers() -> None:
    urls = {"MATTERMOST_URL": "https://chat.example.org", "MATRIX_HOMESERVER": "https://192.0.2.7"}
    assert told("mattermost", to("192.0.2.7"), others=("matrix",), **urls) == (None, None)
    assert told("matrix", to("192.0.2.7"), others=("mattermost",), **urls) == (None, None)


def test_a_platform_that_comes_in_by_itself_needs_no_connection() -> None:
    assert told("telegram", TELEGRAM_WEBHOOK_URL="https://bot.example.org/telegram") == (None, None)


def test_where_the_kernel_does_not_tell_nothing_is_guessed() -> None:
    assert freshness(["slack"], None, {}, INSIDE, lookup)["slack"]["hasSocket"] is None


def test_of_a_platform_that_is_not_known_nothing_is_said() -> None:
    assert freshness(["api_server", "carrier-pigeon"], [to("3.1.1.1")], {}, INSIDE, lookup) == {}
