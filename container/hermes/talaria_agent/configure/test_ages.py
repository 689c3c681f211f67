"""Since when a leaf has its value, and whose word it is."""

import json
import os
from pathlib import Path
from typing import Any

from talaria_agent.configure.ages import PATH, ages_now, changed_at, moment, read_ages, record_hand, record_start
from talaria_agent.configure.declared import leaves

EARLY = 1_700_000_000
LATE = 1_800_000_000


def write(home: Path, tree: dict[str, Any], at: int) -> dict[str, Any]:
    (home / "config.yaml").write_text(json.dumps(tree))
    os.utime(home / "config.yaml", (at, at))
    return tree


def told(home: Path, tree: dict[str, Any]) -> dict[str, tuple[str, str]]:
    now = ages_now(read_ages(home), dict(leaves(tree)), changed_at(home), {}, moment())
    return {path: (age.by, age.at) for path, age in now.user.items()}


def test_a_home_from_before_any_ledger_is_its_users(tmp_path: Path) -> None:
    tree = write(tmp_path, {"a": {"b": 1}}, EARLY)
    assert told(tmp_path, tree) == {"a.b": ("user", moment(EARLY))}


def test_what_changes_after_a_start_is_the_agents_as_old_as_the_file_and_the_rest_keeps_its_age(tmp_path: Path) -> None:
    record_start(tmp_path, write(tmp_path, {"a": {"b": 1, "c": 2}}, EARLY), {})
    tree = write(tmp_path, {"a": {"b": 1, "c": 3}, "new": True}, LATE)
    expected = {"a.b": ("user", moment(EARLY)), "a.c": ("agent", moment(LATE)), "new": ("agent", moment(LATE))}
    assert told(tmp_path, tree) == expected
    record_start(tmp_path, tree, {})
    assert told(tmp_path, write(tmp_path, tree, LATE + 1000)) == expected


def test_what_is_set_by_hand_is_the_users_from_then_on_after_a_start_too(tmp_path: Path) -> None:
    record_start(tmp_path, write(tmp_path, {}, EARLY), {})
    record_hand(tmp_path, "display.skin")
    tree = write(tmp_path, {"display": {"skin": "mono"}, "other": 1}, EARLY)
    assert told(tmp_path, tree)["display.skin"][0] == "user" and told(tmp_path, tree)["other"][0] == "agent"
    record_start(tmp_path, tree, {})
    assert told(tmp_path, tree)["display.skin"][0] == "user"
    changed = write(tmp_path, {"display": {"skin": "ares"}}, LATE)
    assert told(tmp_path, changed) == {"display.skin": ("agent", moment(LATE))}


def test_a_declared_leaf_is_as_old_as_its_value_not_as_the_last_start(tmp_path: Path) -> None:
    record_start(tmp_path, {}, {"a": {"b": 1, "c": 2}})
    rows = json.loads((tmp_path / PATH).read_text())
    rows["managed"] = {path: [digest, moment(EARLY), by] for path, (digest, _, by) in rows["managed"].items()}
    (tmp_path / PATH).write_text(json.dumps(rows))
    record_start(tmp_path, {}, {"a": {"b": 1, "c": 3}})
    ages = read_ages(tmp_path).managed
    assert ages["a.b"].at == moment(EARLY) and ages["a.c"].at != moment(EARLY)


def test_a_start_that_finds_nothing_new_leaves_the_ledger_alone(tmp_path: Path) -> None:
    record_start(tmp_path, {"a": 1}, {"b": 2})
    os.utime(tmp_path / PATH, (EARLY, EARLY))
    record_start(tmp_path, {"a": 1}, {"b": 2})
    assert (tmp_path / PATH).stat().st_mtime == EARLY


def test_what_is_no_ledger_says_nothing_and_is_replaced(tmp_path: Path) -> None:
    (tmp_path / PATH).parent.mkdir()
    for text in ("", "[]", '{"user": {"a": 1}, "managed": {}, "hands": {}}', '{"user": 1}'):
        (tmp_path / PATH).write_text(text)
        assert not read_ages(tmp_path).known
    record_start(tmp_path, {"a": 1}, {})
    assert read_ages(tmp_path).known
