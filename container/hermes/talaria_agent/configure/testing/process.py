"""The process of `loader.py`, seen from a test."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

HERMES_BIN = os.environ.get("TALARIA_TEST_HERMES_BIN", "")
"""`bin` of a venv with Hermes; empty: there is none to test against."""
PACKAGES = Path(__file__).resolve().parents[3]


class Loader:
    """A real Hermes that stays."""

    def __init__(self) -> None:
        environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONPATH": str(PACKAGES), "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            [f"{HERMES_BIN}/python", "-m", "talaria_agent.configure.testing.loader"],
            env={**environment, "HERMES_HOME": "/nonexistent/.hermes", "HERMES_MANAGED_DIR": "/nonexistent"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )

    def ask(self, order: str, **what: Any) -> Any:
        """Raises AssertionError where Hermes ended over it."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"order": order, **what}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, f"Hermes' Python ended over {order} {what}"
        return json.loads(answer)

    def close(self) -> None:
        self.process.communicate(timeout=60)
