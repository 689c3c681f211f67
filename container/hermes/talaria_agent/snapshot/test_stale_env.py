from pathlib import Path

from talaria_agent.snapshot.stale_env import is_env, managed_names, put_right, without

HOME_ENV = "# mine\nexport TAVILY_API_KEY=abc\nSLACK_BOT_TOKEN='old\nand long'\nSLACK_HOME_CHANNEL=C1\nAPI_SERVER_KEY = x\n"


def test_what_the_stack_sets_goes_and_what_the_user_set_stays() -> None:
    kept = without(HOME_ENV, {"SLACK_BOT_TOKEN", "API_SERVER_KEY"})
    assert kept == "# mine\nexport TAVILY_API_KEY=abc\nSLACK_HOME_CHANNEL=C1\n"
    assert without(HOME_ENV, set()) == HOME_ENV


def test_only_the_copy_in_the_mirror_is_changed(tmp_path: Path) -> None:
    (tmp_path / "home").write_text(HOME_ENV)
    (tmp_path / "home").chmod(0o600)
    (tmp_path / ".hermes").mkdir()
    (tmp_path / ".hermes/.env").hardlink_to(tmp_path / "home")
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN='new'\n")
    put_right(tmp_path, ".hermes/.env", managed_names(tmp_path))
    assert (tmp_path / "home").read_text() == HOME_ENV
    assert "SLACK_BOT_TOKEN" not in (tmp_path / ".hermes/.env").read_text()
    assert (tmp_path / ".hermes/.env").stat().st_mode & 0o777 == 0o600


def test_knows_the_files_that_hermes_reads() -> None:
    assert is_env(".hermes/.env") and is_env(".hermes/profiles/p/.env")
    assert not is_env("project/.env") and not is_env(".hermes/skills/.env")
