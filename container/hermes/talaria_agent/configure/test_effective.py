"""What Hermes goes by, leaf by leaf."""

from pathlib import Path

from talaria_agent.configure.declared import write_declared
from talaria_agent.configure.effective import effective
from talaria_agent.configure.managed_scope import write_managed_scope
from talaria_agent.surroundings import Surroundings


def container(root: Path, user: str | None = None) -> Surroundings:
    place = Surroundings(root / "home", root / "ws", root / "run", root / "etc", "127.0.0.5", "http://inside")
    place.hermes_home.mkdir(parents=True)
    if user is not None:
        (place.hermes_home / "config.yaml").write_text(user)
    return place


def test_each_leaf_is_told_with_whose_it_is(tmp_path: Path) -> None:
    place = container(tmp_path, '{"agent": {"max_turns": 3, "api_max_retries": 2}}')
    write_managed_scope(place.managed, {"agent": {"max_turns": 9}, "terminal": {"backend": "talaria"}, "updates": {"check": False}})
    write_declared(place.managed, "prod", {"agent": {"max_turns": 9}}, {"terminal": {"backend": "talaria"}})
    said = effective(place, {})
    ages = said.pop("ages")
    assert set(ages["managed"]) == {"agent.max_turns", "terminal.backend", "updates.check"}
    assert {path: age["by"] for path, age in ages["user"].items()} == {"agent.max_turns": "user", "agent.api_max_retries": "user"}
    assert said == {
        "stack": ["agent.max_turns"],
        "own": ["terminal.backend"],
        "managed": {"agent.max_turns": 9, "terminal.backend": "talaria", "updates.check": False},
        "user": {"agent.max_turns": 3, "agent.api_max_retries": 2},
        "problem": None,
        "documents": [],
    }


def test_no_secret_leaves_the_container(tmp_path: Path) -> None:
    user = '{"providers": {"mine": {"api_key": "correct horse", "api": "https://me:hunter2@x"}}, "note": "Bearer abcdefghijklmnop"}'
    said = str(effective(container(tmp_path, user), {}))
    assert said.count("[secret]") == 3
    for secret in ("correct horse", "hunter2", "abcdefghij"):
        assert secret not in said


def test_a_home_without_a_configuration_and_one_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    assert effective(container(tmp_path / "none"), {})["problem"] is None
    broken = effective(container(tmp_path / "broken", '{"a": ['), {})
    assert broken["user"] == {} and broken["problem"]
    assert effective(container(tmp_path / "list", "[1]"), {})["problem"] == "It has no mapping at its top."
