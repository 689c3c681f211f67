"""The session on requests to the model."""

from talaria_agent.model.session_header import HEADER, LONGEST, with_session


def test_the_session_goes_into_a_header_and_the_rest_stays() -> None:
    request = {"model": "m", "extra_headers": {"X-Other": "1"}}
    changed = with_session(request, session_id="20261122_120000_ab12", platform="slack")
    assert changed is not None
    assert changed["request"] == {"model": "m", "extra_headers": {"X-Other": "1", HEADER: "20261122_120000_ab12"}}
    assert request == {"model": "m", "extra_headers": {"X-Other": "1"}}


def test_what_no_header_holds_is_left_out() -> None:
    changed = with_session({}, session_id="a\r\nb c" + "x" * 500)
    assert changed is not None
    assert changed["request"]["extra_headers"][HEADER] == ("abc" + "x" * 500)[:LONGEST]
    assert with_session({}, session_id="") is None
