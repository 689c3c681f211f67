"""`talaria-state`, which is started anew for each question."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def test_a_look_at_the_gateway_loads_nothing_that_only_runs_and_reports_need(tmp_path: Path) -> None:
    code = "import sys; from talaria_agent.state.command import main; main(['show']); print(*sys.modules, sep='\\n')"
    variables = ("TALARIA_HOME", "TALARIA_WORKSPACE", "TALARIA_RUN", "TALARIA_BIND", "TALARIA_URL")
    environment = {"PYTHONPATH": str(TOP), "PATH": "/usr/bin:/bin", **dict.fromkeys(variables, str(tmp_path))}
    looked = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    said, *loaded = looked.stdout.splitlines()
    assert "gateway" in json.loads(said)
    heavy = {"configure", "machine", "runs", "travel", "vitals", "care.performing", "snapshot.performing", "snapshot.restic"}
    assert {name for name in loaded if name.removeprefix("talaria_agent.") in heavy} == set()
