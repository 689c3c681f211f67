"""The home before a start."""

import os
from pathlib import Path

from talaria_agent.gateway.home import STALE, close_secrets, prepare_home, sweep_home


def test_what_a_dead_gateway_left_is_removed_and_the_rest_stays(tmp_path: Path) -> None:
    home = tmp_path / "home"
    prepare_home(home, tmp_path / "ws")
    (home / "gateway").mkdir()
    for name in (*STALE, ".clean_shutdown", "state.db", "cron/jobs.json", "config.yaml"):
        (home / name).write_text("x")
    assert sorted(sweep_home(home)) == sorted(STALE)
    assert not any((home / name).exists() for name in STALE)
    assert all((home / name).exists() for name in (".clean_shutdown", "state.db", "cron/jobs.json", "config.yaml"))


def test_a_clean_home_needs_no_sweep(tmp_path: Path) -> None:
    prepare_home(tmp_path / "home", tmp_path / "ws")
    assert sweep_home(tmp_path / "home") == []


def test_the_home_is_closed_to_other_users_and_the_workspace_exists(tmp_path: Path) -> None:
    prepare_home(tmp_path / "home", tmp_path / "a" / "ws")
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "a" / "ws").is_dir() and (tmp_path / "home" / "cron").is_dir()


def test_secret_files_are_their_owners_alone_and_no_link_is_followed(tmp_path: Path) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside"
    prepare_home(home, tmp_path / "ws")
    (home / "mcp-tokens").mkdir()
    for path in (home / "auth.json", home / "mcp-tokens" / "mine.json", home / "config.yaml", outside):
        path.write_text("x")
        path.chmod(0o644)
    (home / ".env").symlink_to(outside)
    (home / "pairing").symlink_to(tmp_path)
    os.mkfifo(home / "google_token.json")
    assert close_secrets(home) == ["auth.json", "mcp-tokens/mine.json"]
    assert close_secrets(home) == []
    modes = [path.stat().st_mode & 0o777 for path in (home / "auth.json", home / "mcp-tokens" / "mine.json", home / "config.yaml", outside)]
    assert modes == [0o600, 0o600, 0o644, 0o644]
