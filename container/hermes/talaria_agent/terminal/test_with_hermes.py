"""The plugin under a real Hermes, where one is named: TALARIA_TEST_HERMES_BIN=<bin folder of its venv>.

Hermes lives in an environment of its own, so its classes are tested by pytest in its Python, file by file.
"""

import os
import subprocess
from pathlib import Path

import pytest

HERMES_BIN = os.environ.get("TALARIA_TEST_HERMES_BIN", "")
ROOT = Path(__file__).resolve().parents[2]
TESTING = Path(__file__).resolve().parent / "testing"

pytestmark = pytest.mark.skipif(not HERMES_BIN, reason="TALARIA_TEST_HERMES_BIN names no Hermes")


@pytest.mark.parametrize("file", sorted(path.name for path in TESTING.glob("real_*.py")))
def test_hermes_own_classes_work_over_jobs(file: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "HERMES_HOME": str(home / ".hermes"),
        "HERMES_MANAGED_DIR": str(home / "managed"),
        "PYTHONPATH": f"{ROOT}:{Path(pytest.__file__).parents[1]}",
        "PYTHONDONTWRITEBYTECODE": "1",
        # Hermes refuses its usual home below a pytest, taking it for a developer's own.
        "HERMES_STATE_DB_GUARD_BYPASS": "1",
    }
    python = str(Path(HERMES_BIN) / "python")
    command = [python, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--basetemp", str(tmp_path / "t"), str(TESTING / file)]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
