import os
import stat

import pytest

from talaria_agent.configure.secret_files import SecretFile, seed_files
from talaria_agent.problem import Problem
from talaria_agent.user.identity import Identity, acting_as, become, declared_identity
from talaria_agent.user.ownership import put_right

NOBODY = Identity("nobody", 65534, 65534)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def open_path(tmp_path):
    """pytest's folder, which only root may enter otherwise."""
    for folder in (tmp_path, *list(tmp_path.parents)[:2]):
        folder.chmod(0o755)
    return tmp_path


def test_the_process_engine_names_no_user():
    assert declared_identity({}) is None


def test_refuses_a_user_that_the_container_does_not_have():
    with pytest.raises(Problem, match="no such user"):
        declared_identity({"TALARIA_USER": "who-is-that"})


@needs_root
def test_root_finds_the_declared_user():
    identity = declared_identity({"TALARIA_USER": "nobody"})
    assert identity is not None and identity.uid == NOBODY.uid


@needs_root
def test_gives_everything_to_the_user_and_lets_him_in(open_path):
    home = open_path / "home"
    (home / "closed").mkdir(parents=True)
    (home / "closed" / "secret").write_text("x")
    (home / "closed" / "secret").chmod(0)
    (home / "closed").chmod(0)
    assert put_right(home, NOBODY, 0o700) == 3
    assert put_right(home, NOBODY, 0o700) == 0
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    with acting_as(NOBODY):
        assert (home / "closed" / "secret").read_text() == "x"


@needs_root
def test_a_login_that_root_left_behind_is_the_users_again_and_the_stacks_does_not_take_its_place(open_path):
    home = open_path / "home"
    home.mkdir()
    (home / "auth.json").write_text("by root, in a shell of the container")
    (home / "auth.json").chmod(0o600)
    put_right(home, NOBODY, 0o700)
    with acting_as(NOBODY):
        seed_files(home, [SecretFile("auth.json", "the stack's", False, "authFile")])
        assert (home / "auth.json").read_text() == "by root, in a shell of the container"
        (home / "auth.json").unlink()
        seed_files(home, [SecretFile("auth.json", "the stack's", False, "authFile")])
    for path in ("auth.json", ".talaria/secret-files.json"):
        status = (home / path).stat()
        assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (NOBODY.uid, 0o600)


@needs_root
def test_follows_no_link_and_leaves_a_file_with_another_name_outside(open_path):
    outside = open_path / "outside"
    outside.write_text("root's")
    home = open_path / "home"
    home.mkdir()
    (home / "link").symlink_to(outside)
    (home / "hard").hardlink_to(outside)
    (home / "folder").symlink_to(open_path)
    put_right(home, NOBODY, 0o700)
    assert outside.stat().st_uid == 0
    assert open_path.stat().st_uid == 0
    assert os.lstat(home / "link").st_uid == NOBODY.uid


@needs_root
def test_acts_as_the_user_and_is_root_again(open_path):
    (open_path / "closed").mkdir(mode=0o700)
    with acting_as(NOBODY), pytest.raises(PermissionError):
        (open_path / "closed" / "file").write_text("x")
    assert (os.geteuid(), os.getegid()) == (0, 0)


@needs_root
def test_who_became_the_user_cannot_be_root_again():
    child = os.fork()
    if child == 0:
        become(NOBODY)
        try:
            os.setuid(0)
        except PermissionError:
            os._exit(17 if os.getgroups() == [NOBODY.gid] else 18)
        os._exit(19)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 17
