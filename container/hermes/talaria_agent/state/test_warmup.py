"""The end of the start-up warm-up."""

from pathlib import Path

from talaria_agent.state.logs import lines_of
from talaria_agent.state.warmup import warmed


def log(home: Path, text: str) -> str:
    (home / "logs").mkdir()
    (home / "logs" / "gateway.log").write_text(f"2026-11-21 11:00:00,100 INFO gateway.run: {text}\n")
    return lines_of(home / "logs" / "gateway.log")[0]["at"]


def test_a_gateway_that_says_so_is_warm(tmp_path: Path) -> None:
    at = log(tmp_path, "Turn machinery warmed in 1.2s (19 tool schema(s) materialized)")
    assert warmed(tmp_path, at) is True


def test_the_warmth_of_an_earlier_gateway_does_not_count(tmp_path: Path) -> None:
    log(tmp_path, "Turn machinery warmed in 1.2s (19 tool schema(s) materialized)")
    assert warmed(tmp_path, "2999-01-01T00:00:00.000+00:00") is False


def test_other_lines_and_no_log_mean_cold(tmp_path: Path) -> None:
    assert warmed(tmp_path, "2000-01-01T00:00:00.000Z") is False
    log(tmp_path, "Gateway running")
    assert warmed(tmp_path, "2000-01-01T00:00:00.000Z") is False
    assert warmed(tmp_path, None) is False
