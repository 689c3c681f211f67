"""What becomes of the stack's secret files in a home."""

import json
import stat
from pathlib import Path

import pytest

from talaria_agent.configure.secret_files import VARIABLE, SecretFile, declared_files, seed_files
from talaria_agent.problem import Problem


def a_login(content: str = '{"of": "the stack"}', overwrite: bool = False) -> SecretFile:
    return SecretFile("auth.json", content, overwrite, "authFile")


def test_seeds_a_home_that_has_none_closed_to_others(tmp_path: Path) -> None:
    token = SecretFile("mcp-tokens/linear.json", "{}", False, "mcpServers.linear.tokenFile")
    lines = seed_files(tmp_path, [a_login(), token])
    assert lines == ["authFile: auth.json was written", "mcpServers.linear.tokenFile: mcp-tokens/linear.json was written"]
    assert (tmp_path / "auth.json").read_text() == '{"of": "the stack"}'
    for path in ("auth.json", "mcp-tokens/linear.json", ".talaria/secret-files.json"):
        assert stat.S_IMODE((tmp_path / path).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "mcp-tokens").stat().st_mode) == 0o700
    assert "the stack" not in (tmp_path / ".talaria/secret-files.json").read_text()


def test_what_hermes_refreshed_stays_at_each_start(tmp_path: Path) -> None:
    seed_files(tmp_path, [a_login()])
    (tmp_path / "auth.json").write_text("refreshed")
    assert seed_files(tmp_path, [a_login()]) == ["authFile: auth.json is there and stays"]
    assert seed_files(tmp_path, [a_login("{}")]) == [
        "authFile: auth.json is there and stays, though the stack declares another one now"
    ]
    assert (tmp_path / "auth.json").read_text() == "refreshed"


def test_an_overwriting_one_replaces_at_each_changed_content_only(tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text("the user's own")
    assert seed_files(tmp_path, [a_login(overwrite=True)]) == ["authFile: auth.json was replaced"]
    (tmp_path / "auth.json").write_text("refreshed")
    assert seed_files(tmp_path, [a_login(overwrite=True)]) == ["authFile: auth.json is there and stays"]
    assert (tmp_path / "auth.json").read_text() == "refreshed"
    seed_files(tmp_path, [a_login("another", overwrite=True)])
    assert (tmp_path / "auth.json").read_text() == "another"


def test_a_users_own_file_stays_and_the_log_says_so(tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text("the user's own")
    assert seed_files(tmp_path, [a_login()]) == [
        "authFile: auth.json is there and stays, though it is not the one that the stack declares"
    ]


def test_reads_what_the_worker_gives(tmp_path: Path) -> None:
    given = {"auth.json": {"content": "x", "overwrite": True, "key": "authFile"}}
    assert declared_files({VARIABLE: json.dumps(given)}) == [SecretFile("auth.json", "x", True, "authFile")]
    assert declared_files({}) == []


@pytest.mark.parametrize("path", ["../auth.json", "/etc/auth.json", "", "a/../../b"])
def test_refuses_a_path_that_leads_out_of_the_home_and_quotes_nothing(path: str) -> None:
    given = {path: {"content": "hidden", "overwrite": True, "key": "authFile"}}
    with pytest.raises(Problem) as raised:
        declared_files({VARIABLE: json.dumps(given)})
    assert raised.value.code == "secret_files_invalid" and "hidden" not in str(raised.value)
