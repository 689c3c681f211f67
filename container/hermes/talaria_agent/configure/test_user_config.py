"""The home's own config.yaml."""

from pathlib import Path

from talaria_agent.configure.user_config import seed_user_config


def test_a_home_without_config_gets_one_that_says_nothing(tmp_path: Path) -> None:
    assert seed_user_config(tmp_path, 50) is True
    assert (tmp_path / "config.yaml").read_text() == "_config_version: 50\n"


def test_what_the_user_wrote_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("display: {compact: true}\n")
    assert seed_user_config(tmp_path, 50) is False
    assert (tmp_path / "config.yaml").read_text() == "display: {compact: true}\n"
