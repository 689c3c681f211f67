"""The bridge as a process, its servers as real processes behind a stand-in for the inside host."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from talaria_agent.mcp.tagging import argument_name
from talaria_agent.terminal.testing.inside_exec import InsideExec

BIN = Path(__file__).resolve().parents[2] / "bin" / "talaria-mcp-exec"
TAG = "0123456789abcdef"

SERVER = """
import json, os, sys
calls = 0
def say(**message):
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)
for line in sys.stdin:
    message = json.loads(line)
    method, asked = message.get("method"), message.get("params") or {}
    if method == "initialize":
        say(id=message["id"], result={"serverInfo": {"name": "some"}})
    elif method == "notifications/initialized":
        ready = True
    elif method == "tools/list":
        say(method="notifications/tools/list_changed")
        say(id=message["id"], result={"tools": ["where"]})
    elif method == "tools/call":
        calls += 1
        what = asked["arguments"].get("what")
        if what == "die":
            sys.stderr.write("it broke")
            sys.exit(3)
        if what == "ask":
            say(id=1, method="sampling/createMessage", params={"of": os.getpid()})
            answer = json.loads(sys.stdin.readline())
            say(id=message["id"], result={"asked": answer})
        elif what == "wait":
            pass
        else:
            said = {"pid": os.getpid(), "calls": calls, "arguments": asked["arguments"], "ready": ready, "key": os.environ.get("KEY"), "argv": sys.argv[1:]}
            say(id=message["id"], result=said)
"""


class Hermes:
    """What Hermes does with a server: writes lines, reads lines."""

    def __init__(self, inside: InsideExec, *options: str) -> None:
        script = inside.workspace / "server.py"
        script.write_text(SERVER)
        environment = {**os.environ, "TALARIA_URL": inside.url, "TALARIA_MCP_TAG": TAG, "KEY": "of the stack", "OTHER": "x"}
        command = [sys.executable, BIN, "some", *options, "--", sys.executable, str(script), "--flag", "a b"]
        self.process = subprocess.Popen(command, env=environment, stdin=-1, stdout=-1, stderr=-1)
        self.heard: list[dict[str, Any]] = []
        self.words = b""
        self.changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._read_words, daemon=True).start()
        self.ids = 10

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self.changed:
                self.heard.append(json.loads(line))
                self.changed.notify_all()

    def _read_words(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.words += line

    def say(self, **message: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self.process.stdin.flush()

    def wait_for(self, wanted: Any) -> dict[str, Any]:
        """The first message that has come for which `wanted` holds."""
        with self.changed:
            found = self.changed.wait_for(lambda: next((one for one in self.heard if wanted(one)), None), 60)
        assert found is not None, (self.heard, self.words)
        return found

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        request = self.begin(method, **params)
        return self.wait_for(lambda one: one.get("id") == request and "method" not in one)

    def begin(self, method: str, **params: Any) -> int:
        self.ids += 1
        self.say(id=self.ids, method=method, params=params)
        return self.ids

    def call(self, session: str | None = None, **arguments: Any) -> dict[str, Any]:
        tagged = arguments if session is None else {**arguments, argument_name(TAG): session}
        return self.ask("tools/call", name="where", arguments=tagged)

    def shake(self) -> None:
        assert self.ask("initialize", protocolVersion="x")["result"] == {"serverInfo": {"name": "some"}}
        self.say(method="notifications/initialized")

    def close(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(30)


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[InsideExec]:
    server = InsideExec(tmp_path)
    yield server
    server.close()


@pytest.fixture
def started(inside: InsideExec) -> Iterator[Hermes]:
    hermes = Hermes(inside, "--env=KEY")
    yield hermes
    hermes.process.kill()
    hermes.process.wait(30)


def test_a_server_in_exec_answers_with_its_own_words_and_variables(inside: InsideExec, started: Hermes) -> None:
    started.shake()
    assert started.ask("tools/list")["result"] == {"tools": ["where"]}
    said = started.call(what="ever")["result"]
    assert (said["arguments"], said["key"], said["argv"], said["ready"]) == ({"what": "ever"}, "of the stack", ["--flag", "a b"], True)
    [(session, _, order)] = inside.orders
    assert (session, order["shown"], order["env"], order["kind"]) == ("mcp-some", "MCP server some", {"KEY": "of the stack"}, "tool")


def test_each_session_has_a_server_of_its_own_and_none_learns_who_called(inside: InsideExec, started: Hermes) -> None:
    started.shake()
    own, first = started.call(), started.call("session-a", n=1)
    second, again = started.call("session-b", n=2), started.call("session-a", n=3)
    pids = [one["result"]["pid"] for one in (own, first, second, again)]
    assert len(set(pids)) == 3 and pids[1] == pids[3]
    assert [one["result"]["arguments"] for one in (first, second, again)] == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert all(one["result"]["ready"] for one in (first, second, again))
    assert [session for session, _, _ in inside.orders] == ["mcp-some", "session-a", "session-b"]
    # Nobody asked for these answers.
    assert not [one for one in started.heard if one.get("id") == "talaria-handshake"]


def test_questions_of_servers_that_count_alike_are_kept_apart(started: Hermes) -> None:
    started.shake()
    calls = [started.begin("tools/call", name="x", arguments={"what": "ask", argument_name(TAG): name}) for name in ("a", "b")]
    started.wait_for(lambda _: sum(one.get("method") == "sampling/createMessage" for one in started.heard) == 2)
    asked = [one for one in started.heard if one.get("method") == "sampling/createMessage"]
    assert len({one["id"] for one in asked}) == 2
    for one in asked:
        started.say(id=one["id"], result={"for": one["params"]["of"]})
    answers = [started.wait_for(lambda one, call=call: one.get("id") == call and "method" not in one)["result"]["asked"] for call in calls]
    assert {one["result"]["for"] for one in answers} == {one["params"]["of"] for one in asked}
    assert [one["id"] for one in answers] == [1, 1]


def test_a_server_that_ends_fails_what_it_owes_with_its_last_words_and_is_started_anew(started: Hermes) -> None:
    started.shake()
    error = started.call("s", what="die")["error"]
    assert "The MCP server some ended (exit, exit code 3). It said: it broke" in error["message"]
    assert started.call("s")["result"]["calls"] == 1
    assert b"it broke" in started.words


def test_a_server_that_rests_is_given_up_and_starts_again_with_the_next_call(inside: InsideExec) -> None:
    hermes = Hermes(inside, "--idle=1")
    try:
        hermes.shake()
        first = hermes.call()["result"]
        until = time.monotonic() + 60
        while not inside.forgotten:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert hermes.ask("ping")["result"] == {} and len(inside.started) == 1
        assert hermes.call("brief")["result"]["calls"] == 1
        second = hermes.call()["result"]
        assert second["pid"] != first["pid"] and second["ready"]
    finally:
        hermes.close()


def test_a_sandbox_that_does_not_start_is_said_to_whoever_asked(inside: InsideExec, started: Hermes) -> None:
    inside.refusal = (403, "execBudget", "Today's time is used up.")
    assert "Today's time is used up." in started.ask("initialize")["error"]["message"]


def test_answers_that_are_lost_on_the_way_start_and_say_nothing_twice(inside: InsideExec, started: Hermes) -> None:
    started.shake()
    started.call("s")
    inside.reset_answers = 3
    assert started.call("s", n=2)["result"]["calls"] == 2
    assert len(inside.started) == 2


@pytest.mark.parametrize("how", ["end of input", "SIGTERM"])
def test_no_server_outlives_the_bridge(how: str, inside: InsideExec, started: Hermes) -> None:
    started.shake()
    started.call("s")
    if how == "SIGTERM":
        started.process.terminate()
        assert started.process.wait(30) == 143
    else:
        assert started.close() == 0
    until = time.monotonic() + 30
    while any(job.exit is None for job in inside.jobs.values()):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert {job.ended_by for job in inside.jobs.values()} == {"cancel"}
