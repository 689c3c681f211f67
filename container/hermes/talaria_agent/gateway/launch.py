"""`talaria-gateway`: checks, configures, sweeps, and turns into Hermes' gateway."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from talaria_agent.configure.ages import record_start
from talaria_agent.configure.declaration import fetch_declaration
from talaria_agent.configure.declared import write_declared
from talaria_agent.configure.installed_hermes import anthropic_available, config_version
from talaria_agent.configure.journal import leave_wal
from talaria_agent.configure.managed_environment import secret_names, write_managed_environment
from talaria_agent.configure.managed_scope import managed_config, merge, needed_config, speaks_anthropic, write_managed_scope
from talaria_agent.configure.secret_files import declared_files, seed_files
from talaria_agent.configure.user_config import seed_user_config, user_tree, users_plugins
from talaria_agent.declared_files.bringing import SKILLS, bring_files, place_files
from talaria_agent.declared_files.skills import users_own
from talaria_agent.gateway.console import redirect_console
from talaria_agent.gateway.environment import gateway_environment, timezone_environment
from talaria_agent.gateway.home import close_secrets, prepare_home, sweep_home
from talaria_agent.gateway.record import record_launch
from talaria_agent.gateway.single import claim
from talaria_agent.init.stopping import require_staying
from talaria_agent.mcp.servers import mcp_settings
from talaria_agent.problem import INTERNAL, USAGE, Problem
from talaria_agent.state.marker import require_final
from talaria_agent.surroundings import Surroundings, read_surroundings
from talaria_agent.user.identity import acting_as, become, declared_identity
from talaria_agent.user.ownership import put_right
from talaria_agent.user.server_door import close_server_door

HERMES = ("hermes", "gateway", "run", "--external-supervisor", "-q")
"""`--external-supervisor`: an in-chat /restart exits with 75 instead of leaving a detached copy behind."""


def find_hermes() -> str:
    """The `hermes` on PATH, else the one beside the running Python."""
    found = shutil.which("hermes") or shutil.which("hermes", path=str(Path(sys.executable).parent))
    if not found:
        raise Problem(
            "hermes_missing",
            "There is no `hermes` on PATH, nor beside this Python.",
            "Start the container from Talaria's Hermes image.",
            INTERNAL,
        )
    return found


def launch(place: Surroundings) -> None:
    """Bring the home into shape and exec Hermes; returns only by a Problem. SIGTERM then reaches Hermes itself."""
    require_final(place.run)
    require_staying(place.run)
    claim(place.run)
    record_launch(place.run, "preparing")
    try:
        identity = declared_identity(os.environ)
        hermes = find_hermes()
        declaration = fetch_declaration(place.url)
        settings = merge(declaration.settings, mcp_settings(declaration.mcp_servers, place))
        declaration = replace(declaration, settings=settings)
        secret_files = declared_files(os.environ)
        library = anthropic_available()
        native = speaks_anthropic(declaration, library)
        environment = gateway_environment(os.environ, declaration, place, native, identity)
        given = put_right(place.home, identity, 0o700) + put_right(place.workspace, identity, 0o755)
        put_right(place.run / "locks", identity, 0o700)
        version = config_version()
        with acting_as(identity):
            plugins = users_plugins(place.hermes_home)
        needed = needed_config(declaration, place, version, library, plugins)
        config = managed_config(declaration, needed)
        scope = write_managed_scope(place.managed, config)
        write_declared(place.managed, declaration.stack, declaration.settings, needed)
        pinned = [*declaration.environment, *secret_names(os.environ), *timezone_environment(declaration)]
        write_managed_environment(place.managed, environment, pinned, identity)
        place_files(place, declaration.files)
        with acting_as(identity):
            prepare_home(place.hermes_home, place.workspace)
            seed_user_config(place.hermes_home, version)
            record_start(place.hermes_home, users_own(user_tree(place.hermes_home), place.managed / SKILLS), config)
            seeded = seed_files(place.hermes_home, secret_files)
            brought = bring_files(place, declaration.files)
            closed = close_secrets(place.hermes_home)
            swept = sweep_home(place.hermes_home)
            converted = leave_wal(place.hermes_home)
        brought.record(place.managed, declaration.files)
        model = config["model"]
        print(
            f"managed scope {scope}: model {model['default']} at {model['base_url']}; swept {len(swept)} stale files, "
            f"gave {given} to {identity.name if identity else 'nobody'}, closed {len(closed)} secret files, took {len(converted)} databases out of WAL mode; {brought}"
        )
        for line in seeded:
            print(line)
        words = (*HERMES, *declaration.extra_args)
        print(f"starting {' '.join(words)}; its console is {place.hermes_home}/logs/console.log", flush=True)
    except Problem as problem:
        record_launch(place.run, "refused", problem)
        raise
    record_launch(place.run, "started")
    become(identity)
    if identity is not None and not close_server_door(identity):
        print("this kernel cannot keep the agent's processes from the SDK's server", flush=True)
    _enter(place.workspace / declaration.files.working_directory, place.workspace)
    redirect_console(place.hermes_home / "logs")
    os.execve(hermes, words, environment)


def _enter(folder: Path, workspace: Path) -> None:
    """Where Hermes reads AGENTS.md. What the agent put in the folder's place keeps no gateway from starting."""
    try:
        os.chdir(folder)
    except OSError:
        os.chdir(workspace)


def main(arguments: Sequence[str]) -> int:
    """Never returns once Hermes runs; else prints the Problem as JSON on stderr and returns its exit code."""
    try:
        if arguments:
            raise Problem("usage", "talaria-gateway takes no arguments.", "Type `talaria-gateway` alone.", USAGE)
        launch(read_surroundings(os.environ))
    except Problem as problem:
        return problem.tell()
    except OSError as error:
        message = f"The gateway could not be prepared: {error}."
        return Problem("not_prepared", message, "Check the container's disk and rights.", INTERNAL).tell()
    return INTERNAL
