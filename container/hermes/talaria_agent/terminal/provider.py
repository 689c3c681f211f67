"""What Hermes is told about this kind of terminal."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from agent.terminal_env_provider import TerminalEnvironmentProvider
from tools.environments.base import EnvironmentConnectionError

from talaria_agent.terminal.door import Door
from talaria_agent.terminal.environment import TalariaEnvironment
from talaria_agent.terminal.files import Belongings
from talaria_agent.terminal.names import session_name

PROMPT_PROBE = "prompt-backend-probe"
"""Hermes' task that runs `uname` for the system prompt: a container start for two words that `env_description` says."""

REMEMBERED_SESSIONS = 64
"""Of which is known what has been brought to them; others are brought everything again."""

GUARDS = "TALARIA_COMMAND_GUARDS"
"""Environment variable: `1` keeps Hermes' questions before risky commands, because the stack declares `approvals.mode`."""


class TalariaTerminal(TerminalEnvironmentProvider):
    """Commands run in Exec, which holds nothing of the agent's: by default Hermes need not ask before a risky one."""

    is_remote = True
    is_container = True

    def __init__(self, environment: Mapping[str, str]) -> None:
        """`environment` is the gateway's: TALARIA_URL, TALARIA_WORKSPACE."""
        self._environment = environment
        self._belongings: dict[str, Belongings] = {}
        self._guard = threading.Lock()

    @property
    def name(self) -> str:
        """The value of `terminal.backend`."""
        return "talaria"

    @property
    def display_name(self) -> str:
        """As people read it."""
        return "Talaria"

    @property
    def skip_container_guards(self) -> bool:
        """Unless the stack declares otherwise. `approvals.deny` holds in any case."""
        return self._environment.get(GUARDS) != "1"

    @property
    def cache_path_base(self) -> str | None:
        """Where the agent's media lie over there."""
        return f"{self._workspace()}/.home/.hermes"

    @property
    def env_description(self) -> str:
        """For the system prompt."""
        return f"a Talaria sandbox (Debian Linux, apart from the agent's own container; commands start in {self._workspace()})"

    def is_available(self) -> bool:
        """Whether this container has an inside host."""
        return bool(self._environment.get("TALARIA_URL"))

    def create_environment(
        self,
        *,
        cwd: str,
        timeout: int,
        task_id: str = "default",
        image: str | None = None,
        container_config: dict[str, Any] | None = None,
        **_: Any,
    ) -> TalariaEnvironment:
        """An environment for one task. No container starts before its first command."""
        if task_id == PROMPT_PROBE:
            raise EnvironmentConnectionError("No container is started for the system prompt.")
        session = session_name(task_id)
        door = Door(self._environment["TALARIA_URL"].rstrip("/"), session)
        belongings = self._belongings_of(session)
        return TalariaEnvironment(door, belongings, cwd=cwd, timeout=timeout, workspace=self._workspace())

    def _belongings_of(self, session: str) -> Belongings:
        with self._guard:
            belongings = self._belongings.pop(session, None) or Belongings(self._workspace())
            self._belongings[session] = belongings
            while len(self._belongings) > REMEMBERED_SESSIONS:
                del self._belongings[next(iter(self._belongings))]
            return belongings

    def _workspace(self) -> str:
        return self._environment.get("TALARIA_WORKSPACE", "").rstrip("/") or "/workspace"
