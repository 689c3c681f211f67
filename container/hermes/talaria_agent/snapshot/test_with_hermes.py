"""Snapshots of a home in which a real Hermes works, where one is named: TALARIA_TEST_HERMES_BIN=<bin folder of its venv>."""

import os
import shutil
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from talaria_agent.gateway.test_with_hermes import HERMES_BIN, Gateway, InsideHost, gateway, inside, until
from talaria_agent.snapshot.test_place import RESTIC, needs_restic

__all__ = ["gateway", "inside"]
pytestmark = [needs_restic, pytest.mark.skipif(not HERMES_BIN, reason="TALARIA_TEST_HERMES_BIN names no Hermes")]


class Memory:
    """Snapshots of a gateway's home."""

    def __init__(self, gateway: Gateway, repository: Path) -> None:
        self.gateway, self.runs = gateway, 0
        gateway.environment |= {
            "PATH": f"{Path(RESTIC or '').parent}:{gateway.environment['PATH']}",
            "TALARIA_REPOSITORY": str(repository),
            "RESTIC_PASSWORD": "a password",
        }

    def run(self, verb: str, *arguments: str) -> dict[str, Any]:
        self.runs += 1
        return self.gateway.state(verb, "--run", f"{verb}{self.runs}", *arguments)

    def snapshot(self, fingerprint: str) -> dict[str, Any]:
        return self.run("snapshot", "--reason", "due", "--fingerprint", fingerprint)

    def settled(self) -> dict[str, Any]:
        """A snapshot after which Hermes has nothing left to write of what it did."""
        last = self.snapshot("")
        for _ in range(20):
            after = self.snapshot(last["fingerprint"])
            if after["outcome"] == "unchanged":
                return last
            last = after
        raise AssertionError("the home never came to rest")


def heartbeat(gateway: Gateway) -> int:
    return (gateway.home / "state" / "gateway.heartbeat").stat().st_mtime_ns


def test_an_idle_hermes_changes_nothing_that_a_restore_would_bring_back(gateway: Gateway, tmp_path: Path) -> None:
    memory = Memory(gateway, tmp_path / "repository")
    gateway.start()
    gateway.chat("remember that I am called Gus")
    made = memory.settled()
    for _ in range(3):
        before = heartbeat(gateway)
        until(lambda before=before: heartbeat(gateway) != before)
    assert memory.snapshot(made["fingerprint"])["outcome"] == "unchanged"


def test_what_was_said_is_known_after_a_kill_and_a_restore(gateway: Gateway, tmp_path: Path) -> None:
    memory = Memory(gateway, tmp_path / "repository")
    gateway.start()
    gateway.chat("remember that I am called Gus")
    made = memory.settled()
    assert made["tree"]["databases"] >= 2 and made["malformed"] == [] and made["versions"]["hermes"]
    assert gateway.process is not None
    os.killpg(gateway.process.pid, signal.SIGKILL)
    gateway.process.communicate()
    for folder in ("home", "run", "etc"):
        shutil.rmtree(tmp_path / folder)
    assert memory.run("restore", "--snapshot", made["snapshot"], "--boot-id", "b2")["outcome"] == "restored"
    with sqlite3.connect(f"file:{gateway.home}/state.db?mode=ro", uri=True) as database:
        words = database.execute("SELECT content FROM messages WHERE role = 'user'").fetchall()
    assert ("remember that I am called Gus",) in words
    gateway.start()
    assert gateway.chat("who am I") == "echo: who am I"
