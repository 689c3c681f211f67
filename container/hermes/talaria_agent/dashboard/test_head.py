"""What a request becomes on its way to Hermes."""

import pytest

from talaria_agent.dashboard.head import Head, inward, parse_head, unchunked, with_token

INNER = "127.0.0.1:4711"


def request(first: str, **fields: str) -> Head:
    return Head(first, tuple((name.replace("_", "-"), value) for name, value in fields.items()))


def test_a_request_gets_hermes_own_host_and_origin_and_one_connection() -> None:
    head = inward(request("GET /api/x HTTP/1.1", host="bot.example", origin="https://bot.example", accept="*/*"), INNER, "real")
    assert (head.get("host"), head.get("origin"), head.get("connection")) == (INNER, f"http://{INNER}", "close")
    assert head.get("accept") == "*/*"


def test_no_credential_of_the_front_door_gets_to_hermes() -> None:
    given = request("GET / HTTP/1.1", cookie="a=b", authorization="Bearer x", x_talaria_dashboard_key="k", referer="https://a")
    assert dict(inward(given, INNER, "real").fields) == {"host": INNER, "connection": "close"}


def test_the_stand_in_becomes_the_token_and_nothing_else_does() -> None:
    known = inward(request("GET / HTTP/1.1", x_hermes_session_token="held-inside"), INNER, "real")
    guessed = inward(request("GET / HTTP/1.1", x_hermes_session_token="guess"), INNER, "real")
    absent = inward(request("GET / HTTP/1.1"), INNER, "real")
    assert [head.get("x-hermes-session-token") for head in (known, guessed, absent)] == ["real", "", ""]


def test_a_websocket_brings_the_token_in_its_query() -> None:
    head = inward(
        request("GET /api/ws?a=1&token=held-inside HTTP/1.1", upgrade="websocket", x_hermes_session_token="held-inside"), INNER, "real"
    )
    assert head.first == "GET /api/ws?a=1&token=real HTTP/1.1"
    assert (head.get("connection"), head.get("x-hermes-session-token")) == ("Upgrade", "")
    unknown = inward(request("GET /api/ws?token=guess HTTP/1.1", upgrade="websocket"), INNER, "real")
    assert unknown.first == "GET /api/ws HTTP/1.1"


@pytest.mark.parametrize(
    ("target", "made"),
    [("/a", "/a?token=t"), ("/a?b=c", "/a?b=c&token=t"), ("/a?%74oken=x&token=y", "/a?token=t"), ("/a?tokens=1", "/a?tokens=1&token=t")],
)
def test_a_query_holds_one_token(target: str, made: str) -> None:
    assert with_token(target, "t") == made


@pytest.mark.parametrize("raw", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"GET / HTTP/1.1\r\na: b\r\n folded: c\r\n\r\n"])
def test_what_is_no_head_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError):
        parse_head(raw)


def test_a_body_in_chunks_comes_in_one_piece_and_a_cut_one_not_at_all() -> None:
    assert unchunked(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n") == b"abcde"
    with pytest.raises(ValueError):
        unchunked(b"5\r\nab")
