"""The home's own config.yaml."""

from pathlib import Path

import pytest

from talaria_agent.configure.user_config import seed_user_config, users_plugins


def test_a_home_without_config_gets_one_that_says_nothing(tmp_path: Path) -> None:
    assert seed_user_config(tmp_path, 50) is True
    assert (tmp_path / "config.yaml").read_text() == "_config_version: 50\n"


def test_what_the_user_wrote_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("display: {compact: true}\n")
    assert seed_user_config(tmp_path, 50) is False
    assert (tmp_path / "config.yaml").read_text() == "display: {compact: true}\n"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"plugins": {"enabled": ["one", "web/two", 3]}}', ["one", "web/two"]),
        ('{"plugins": {"enabled": "all"}}', []),
        ('{"plugins": []}', []),
        ("[]", []),
        ("{", []),
        ("{}", []),
    ],
)
def test_the_users_plugins_are_what_his_config_names(tmp_path: Path, text: str, names: list[str]) -> None:
    (tmp_path / "config.yaml").write_text(text)
    assert list(users_plugins(tmp_path).enabled) == names


def test_a_home_without_a_config_enables_nothing(tmp_path: Path) -> None:
    assert users_plugins(tmp_path).enabled == ()
