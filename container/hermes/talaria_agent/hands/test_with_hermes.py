"""What an operator runs by hand, with a real Hermes: TALARIA_TEST_HERMES_BIN=<bin folder of its venv>."""

import json
import os
from pathlib import Path

import pytest

from talaria_agent.gateway.test_launch import Container

HERMES_BIN = os.environ.get("TALARIA_TEST_HERMES_BIN", "")

pytestmark = pytest.mark.skipif(not HERMES_BIN, reason="TALARIA_TEST_HERMES_BIN names no Hermes")


def test_hermes_prints_its_slack_manifest_and_nothing_else(tmp_path: Path) -> None:
    container = Container(tmp_path, "http://127.0.0.1:9")
    (tmp_path / "bin" / "hermes").unlink()
    container.home.mkdir(parents=True)
    container.state("first-boot", "--boot-id", "b1")
    path = f"{HERMES_BIN}:{container.environment['PATH']}"
    code, out, err = container.run("talaria-as-agent", "hermes", "slack", "manifest", PATH=path)
    assert code == 0, err
    commands = json.loads(out)["features"]["slash_commands"]
    assert "/new" in [command["command"] for command in commands]
