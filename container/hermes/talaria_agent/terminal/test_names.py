"""Names of sessions and jobs."""

from talaria_agent.terminal.names import PLAIN, new_job_name, session_name


def test_a_plain_task_id_is_the_sessions_name() -> None:
    assert session_name("default") == "default"
    assert session_name("a" * 64) == "a" * 64


def test_any_other_task_id_gets_a_plain_name_of_its_own() -> None:
    odd = ["session:telegram:1", "a" * 65, "", ".", "..", "a/b", "ä", "a b"]
    names = [session_name(one) for one in odd]
    assert len(set(names)) == len(odd)
    assert all(PLAIN.fullmatch(name) and name.startswith("t-") for name in names)
    assert names == [session_name(one) for one in odd]


def test_no_two_jobs_share_a_name() -> None:
    assert len({new_job_name() for _ in range(100)}) == 100
    assert PLAIN.fullmatch(new_job_name())


def test_the_runs_of_a_scheduled_job_share_a_session_and_no_two_jobs_do() -> None:
    first, second = session_name("cron:a1b2:first-run"), session_name("cron:a1b2:second-run")
    assert first == second == "cron-a1b2"
    assert session_name("cron:other:first-run") != first
    assert session_name("cron:odd") not in (first, "cron-odd")
