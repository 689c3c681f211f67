"""The end of the gateway's logs, as data."""

from pathlib import Path

from talaria_agent.state.discretion import LEFT_OUT
from talaria_agent.state.logs import LARGEST_TAIL, tail


def write(home: Path, name: str, text: str) -> None:
    (home / "logs").mkdir(exist_ok=True)
    (home / "logs" / name).write_text(text)


def texts(home: Path, *, console: bool = False) -> list[str]:
    return [line["text"] for line in tail(home, 100, console=console)]


def test_lines_of_all_files_come_in_order_and_once(tmp_path: Path) -> None:
    bad = "2026-11-21 11:00:02,000 ERROR gateway.run: bad\n"
    write(tmp_path, "gateway.log", f"2026-11-21 11:00:00,100 INFO gateway.run: up\n{bad}")
    write(tmp_path, "errors.log", f"2026-11-21 11:00:01,000 WARNING hermes_state: careful\n{bad}")
    assert [(line["level"], line["text"]) for line in tail(tmp_path, 10, console=False)] == [
        ("info", "gateway.run: up"),
        ("warning", "hermes_state: careful"),
        ("error", "gateway.run: bad"),
    ]


def test_a_traceback_keeps_the_time_and_level_of_its_error(tmp_path: Path) -> None:
    write(tmp_path, "gateway.log", "2026-11-21 11:00:02,000 ERROR cron.x: bad\nTraceback (most recent call last):\n")
    first, second = tail(tmp_path, 10, console=False)
    assert (second["at"], second["level"]) == (first["at"], "error")


def test_only_the_last_lines_are_given(tmp_path: Path) -> None:
    write(tmp_path, "gateway.log", "".join(f"2026-11-21 11:00:00,{n:03} INFO cron: {n}\n" for n in range(500)))
    assert [line["text"] for line in tail(tmp_path, 2, console=False)] == ["cron: 498", "cron: 499"]
    assert len(tail(tmp_path, LARGEST_TAIL * 10, console=False)) == 500
    assert tail(tmp_path, 0, console=False) == []


def test_a_home_without_logs_has_no_lines(tmp_path: Path) -> None:
    assert texts(tmp_path, console=True) == []


def test_what_tools_say_stays_in_the_container(tmp_path: Path) -> None:
    result = '2026-11-21 11:00:02,000 WARNING [api-1] agent.tool_executor: Tool terminal returned error: {"a": "secret\n'
    write(tmp_path, "errors.log", f"{result}plan\n2026-11-21 11:00:03,000 ERROR tools.approval: blocked: secret plan\n")
    assert texts(tmp_path) == [f"[api-1] agent.tool_executor: {LEFT_OUT}", f"tools.approval: {LEFT_OUT}"]


def test_what_people_say_stays_in_the_container(tmp_path: Path) -> None:
    said = "INFO gateway.run: inbound message: platform=slack user=ann chat=c1 msg='my plan' reply_to_id=None"
    webhook = "INFO gateway.platforms.webhook: [webhook] Response for c1: my plan"
    write(tmp_path, "gateway.log", f"2026-11-21 11:00:02,000 {said}\n2026-11-21 11:00:03,000 {webhook}\n")
    assert texts(tmp_path) == [
        "gateway.run: inbound message: platform=slack user=ann chat=c1",
        f"gateway.platforms.webhook: {LEFT_OUT}",
    ]


def test_the_console_is_read_only_on_demand(tmp_path: Path) -> None:
    write(tmp_path, "console.log", "configuration is wrong\n")
    assert texts(tmp_path) == []
    assert texts(tmp_path, console=True) == ["configuration is wrong"]


def test_what_a_console_ends_with_is_newer_than_the_logs(tmp_path: Path) -> None:
    write(tmp_path, "console.log", "2026-11-21 10:00:00,000 WARNING py: old\nFatal Python error\nno encodings\n")
    write(tmp_path, "gateway.log", "2026-11-21 11:00:00,000 INFO gateway.run: Gateway stopped\n")
    assert texts(tmp_path, console=True)[-2:] == ["Fatal Python error", "no encodings"]
