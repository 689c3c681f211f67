"""The end of the gateway's logs, as data."""

from pathlib import Path

from talaria_agent.state.logs import LARGEST_TAIL, tail


def write(home: Path, name: str, text: str) -> None:
    (home / "logs").mkdir(exist_ok=True)
    (home / "logs" / name).write_text(text)


def test_lines_of_all_files_come_in_order_and_once(tmp_path: Path) -> None:
    write(tmp_path, "gateway.log", "2026-11-21 11:00:00,100 INFO gateway.run: up\n2026-11-21 11:00:02,000 ERROR x: bad\n")
    write(tmp_path, "errors.log", "2026-11-21 11:00:01,000 WARNING y: careful\n2026-11-21 11:00:02,000 ERROR x: bad\n")
    assert [(line["level"], line["text"]) for line in tail(tmp_path, 10)] == [
        ("info", "gateway.run: up"),
        ("warning", "y: careful"),
        ("error", "x: bad"),
    ]


def test_a_traceback_keeps_the_time_and_level_of_its_error(tmp_path: Path) -> None:
    write(tmp_path, "gateway.log", "2026-11-21 11:00:02,000 ERROR x: bad\nTraceback (most recent call last):\n")
    first, second = tail(tmp_path, 10)
    assert (second["at"], second["level"]) == (first["at"], "error")


def test_only_the_last_lines_are_given(tmp_path: Path) -> None:
    write(tmp_path, "gateway.log", "".join(f"2026-11-21 11:00:00,{n:03} INFO line {n}\n" for n in range(500)))
    assert [line["text"] for line in tail(tmp_path, 2)] == ["line 498", "line 499"]
    assert len(tail(tmp_path, LARGEST_TAIL * 10)) == 500
    assert tail(tmp_path, 0) == []


def test_a_home_without_logs_has_no_lines(tmp_path: Path) -> None:
    assert tail(tmp_path, 10) == []
