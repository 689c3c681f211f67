"""The image's way: root runs the drill, and what reads the memory is the agent's user with nothing in its hands."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from talaria_agent.care import reading
from talaria_agent.care.drill import drill
from talaria_agent.snapshot.test_place import empty_repository, needs_restic, place
from talaria_agent.snapshot.test_user import HERMES, Image, image
from talaria_agent.state.marker import record_first_boot

__all__ = ["empty_repository", "image", "place"]
pytestmark = [needs_restic, pytest.mark.skipif(os.geteuid() != 0, reason="only root can be several users")]

READER = """
import json, os, sys
from pathlib import Path
home = Path(sys.argv[1])
area = home.parent.parent
def closed(path):
    try:
        os.listdir(path)
    except PermissionError:
        return True
    return False
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(json.dumps({
    "sessions": [os.getuid(), os.getgid(), os.getgroups()],
    "messages": sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()),
    "memories": sorted(os.environ),
    "hermes": [status["CapPrm"].strip(), status["CapEff"].strip(), status["NoNewPrivs"].strip()],
    "sealed": [closed(area), closed(area / "d" / "home")],
}))
"""


@pytest.fixture
def seen(image: Image, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a stand-in for Hermes' code sees in a drill."""
    python = next((one for one in (sys.executable, "/usr/bin/python3") if _open_to_all(Path(one))), None)
    if python is None:
        pytest.skip("no Python that another user may run")
    script = image.place.root / "reader.py"
    script.write_text(READER)
    script.chmod(0o644)
    monkeypatch.setattr(reading, "SCRIPT", script)
    monkeypatch.setattr(sys, "executable", python)
    monkeypatch.setenv("RESTIC_PASSWORD", "a password")
    place = image.place
    place.database()
    place.write(".hermes/memories/MEMORY.md").chmod(0o600)
    place.write(".hermes/.env", "SECRET=1")
    place.write(".hermes/plugins/evil/__init__.py")
    image.own()
    record_first_boot(place.run_folder, "b")
    made = image.snapshot()
    assert made["outcome"] == "made", made
    place.fresh()
    place.home.mkdir(parents=True)
    return drill(image.surroundings, HERMES, image.restic, made["snapshot"], image.work("d"))


def test_what_reads_is_the_agents_user_without_rights_secrets_or_a_way_to_the_rest(seen: dict[str, Any]) -> None:
    assert seen["outcome"] == "passed"
    assert seen["sessions"] == [HERMES.uid, HERMES.gid, [HERMES.gid]]
    assert seen["hermes"] == ["0" * 16, "0" * 16, "1"]
    assert not [name for name in seen["memories"] if "RESTIC" in name or "TALARIA" in name]
    assert seen["sealed"] == [True, True]  # the area, and what was restored in it


def test_its_home_holds_the_database_and_the_memories_alone(seen: dict[str, Any]) -> None:
    assert seen["messages"] == ["memories/MEMORY.md", "state.db"]


def _open_to_all(program: Path) -> bool:
    real = program.resolve()
    return real.exists() and all(path.stat().st_mode & 0o005 == 0o005 for path in (real, *real.parents))
