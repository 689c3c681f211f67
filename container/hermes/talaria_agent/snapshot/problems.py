"""Every way in which a snapshot or a restore can end badly: code, what to do next, exit code."""

from __future__ import annotations

from talaria_agent.problem import INTERNAL, INVALID_DATA, NOT_RESTORED, UNAVAILABLE, USAGE, Problem

FAILED = 1

PROBLEMS: dict[str, tuple[str, int]] = {
    "gateway_alive": ("Stop the gateway first: a restore never runs under a living one.", NOT_RESTORED),
    "home_in_use": ("Stop this container: a home that is in use is not replaced.", NOT_RESTORED),
    "no_progress": (
        "The run is repeated at once, without giving way to what else wants the CPU. "
        "Where it happens again, see the Worker's log for the repository's answers.",
        UNAVAILABLE,
    ),
    "repository_unreachable": ("Wait and repeat the run; see the Worker's log for the repository's answers.", UNAVAILABLE),
    "repository_refused": ("Start the run through the Agent, which gives it a credential of its own.", FAILED),
    "repository_busy": ("Repeat the run later: the repository is being pruned.", UNAVAILABLE),
    "repository_locked": ("Repeat the run; the Agent removes locks of runs that are gone.", UNAVAILABLE),
    "repository_damaged": ("Run the care task, which checks and repairs the repository.", FAILED),
    "repository_foreign": ("Open it with the password that it was made with: it is never replaced.", FAILED),
    "repository_absent": ("Make a first snapshot.", INVALID_DATA),
    "wrong_password": ("Set talaria:repositoryPassword to the password that this repository was made with.", FAILED),
    "password_missing": ("Start the run through the Agent, which gives it the repository's password.", USAGE),
    "snapshot_missing": ("Restore another snapshot; `talaria-state list` names them.", INVALID_DATA),
    "snapshot_damaged": ("Restore the snapshot before it.", INVALID_DATA),
    "manifest_mismatch": ("Restore the snapshot before it; after a snapshot, repeat the run.", INVALID_DATA),
    "database_malformed": ("Restore the snapshot before it; after a snapshot, repair the database.", INVALID_DATA),
    "memory_unreadable": ("Restore the snapshot before it, and look at what Hermes says.", INVALID_DATA),
    "database_busy": ("Repeat the run: a writer kept the database locked.", FAILED),
    "not_sent": ("Send it again.", FAILED),
    "archive_refused": ("Import the folder itself, or an archive made by `hermes backup` or `./talaria export`.", INVALID_DATA),
    "archive_unknown": ("Name the folder that holds Hermes' state.db and memories, or an archive of it.", INVALID_DATA),
    "import_older": ("Say that it is right: --force. Or let all stay that the bot has: --merge.", INVALID_DATA),
    "not_fetched": ("Ask for it again.", FAILED),
    "files_changing": ("Repeat the run when the agent is less busy.", FAILED),
    "disk_full": ("Free space in the container, or give it a larger instance type.", FAILED),
    "disk_failed": ("Stop this container; the next one restores from the start.", INTERNAL),
    "restic_missing": ("Start the container from Talaria's Hermes image.", INTERNAL),
    "restic_failed": ("Read the message; repeat the run.", FAILED),
    "run_interrupted": ("Repeat the run.", FAILED),
    "run_broken": ("Repeat the run; report the message if it comes again.", INTERNAL),
}


def problem(code: str, message: str) -> Problem:
    """The Problem of that code."""
    following, exit_code = PROBLEMS[code]
    return Problem(code, message, following, exit_code)
