"""The environment in which Hermes runs one task's commands: a session of Exec."""

from __future__ import annotations

import logging
import shlex
import threading
import time
import uuid
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from tools.env_passthrough import get_all_passthrough
from tools.environments.base import BaseEnvironment, touch_activity_if_due
from tools.environments.remote_common import prepend_unset, resolve_passthrough_env
from tools.interrupt import is_interrupted, is_thread_interrupted

from talaria_agent.terminal.door import Door, DoorShut, Refusal
from talaria_agent.terminal.files import Belongings
from talaria_agent.terminal.job import NOT_RUN, Job, Kind, Order

logger = logging.getLogger(__name__)

STARTING_S = 600
"""Seconds by which Hermes' outermost clock is put back: a command's own seconds count from its start, not from the container's."""

FILES_S = 120
"""Seconds for one part of the files that a command needs."""

SHOWN_CHARACTERS = 2000
"""Of a command, for the audit."""

REST_S = 10.0


@dataclass(frozen=True)
class Call:
    """What a call of `execute` is about, for the thread that Hermes runs it on."""

    kind: Kind
    limit_s: float
    shown: str | None = None


call_under_way: ContextVar[Call] = ContextVar("talaria_call")


class TalariaEnvironment(BaseEnvironment):
    """Hermes' shell session (exports, working directory) over jobs.

    The constructor asks nothing of anybody. The shell's snapshot lies in the workspace, and so travels with it.
    """

    _stdin_mode = "payload"
    _snapshot_timeout = 60
    _persistent = True
    """Survives the turn; Hermes closes it when it has been idle for a while."""

    def __init__(self, door: Door, belongings: Belongings, *, cwd: str, timeout: int, workspace: str) -> None:
        """`workspace` is the agent's own; where Exec names another one, paths below it are led there.

        `belongings` are the session's: they outlive an environment that Hermes closes while nobody speaks.
        """
        self._door = door
        self._belongings = belongings
        self._own_workspace = workspace
        self._workspace = workspace
        self._opening = threading.RLock()
        self._opened = False
        self._closed = False
        self._bootstrap: str | None = None
        self._last_opening: Job | None = None
        self._replaced_untold = False
        super().__init__(cwd=cwd or workspace, timeout=timeout)

    def get_temp_dir(self) -> str:
        """Inside the workspace: a fresh container gets it with everything else."""
        return f"{self._workspace}/.talaria"

    def execute(
        self,
        command: str,
        cwd: str = "",
        *,
        timeout: int | None = None,
        bounded_capture: bool = False,
        **options: Any,
    ) -> dict[str, Any]:
        """Run `command`. `bounded_capture` marks the model's own foreground call, by Hermes' contract; nothing else may set it."""
        limit = timeout or self.timeout
        shown = command[:SHOWN_CHARACTERS].encode("utf-8", "replace").decode()
        token = call_under_way.set(Call("terminal" if bounded_capture else "tool", limit, shown))
        try:
            refused = self._open()
            if refused is not None:
                return refused
            return super().execute(
                command,
                self._over_there(cwd),
                timeout=limit + STARTING_S,
                bounded_capture=bounded_capture,
                **options,
            )
        finally:
            call_under_way.reset(token)

    def cleanup(self) -> None:
        """Hermes closes this environment: the session may save its workspace and give its container back."""
        with self._opening:
            opened, self._opened, self._closed = self._opened, False, True
        if opened:
            try:
                self._door.ask("POST", "/rest", {}, answer_s=REST_S, patience=0)
            except (Refusal, DoorShut) as error:
                # The session comes to rest by itself when it has been idle.
                logger.info("Exec was not told that a session rests: %s", error)
        self._door.close()

    # --- Hermes' seams ---

    def _before_execute(self) -> None:
        self._belongings.bring(self._send_files)

    def _snapshot_excluded_passthrough_names(self) -> tuple[str, ...]:
        """Also what the passthrough names: its values go along with each command, and never into a file of the workspace."""
        names = (*super()._snapshot_excluded_passthrough_names(), *get_all_passthrough())
        return tuple(sorted({name for name in names if name.isidentifier()}))

    def _run_bash(self, cmd_string: str, *, login: bool = False, timeout: int = 120, stdin_data: str | None = None) -> Job:
        call = call_under_way.get(Call("tool", timeout))
        if self._opening_now():
            call = Call("tool", timeout)
            self._bootstrap = cmd_string if login else self._bootstrap
        values, unset = resolve_passthrough_env()
        script = prepend_unset(cmd_string, unset)
        greeting = f"__TALARIA_NEW_{self._session_id}__\n"
        if login:
            script = f"{self._folder_line()}\n{self._belongings.missing_line(greeting)}\n{in_login_shell(script)}"
        elif self._snapshot_ready:
            script = f"{self._shell_line(greeting)}\n{script}"
        try:
            stdin = None if stdin_data is None else stdin_data.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError as error:
            job = self._send_job(Order("exit 1", call.kind, call.limit_s))
            job._hermes_stdin_errors = [error]
            return job
        return self._send_job(Order(script, call.kind, call.limit_s, stdin, values, call.shown, greeting.encode()))

    def _wait_for_process(self, proc: Job, timeout: int = 120, **options: Any) -> dict[str, Any]:
        """Hermes' wait, whose clock starts with the job, and what the job says of itself beyond output and exit code."""
        self._await_start(proc, options.get("watch_interrupt_tid"))
        limit = proc.order.timeout_s
        result = super()._wait_for_process(proc, timeout=limit, **options)
        if self._opening_now():
            self._last_opening = proc
        if proc.ended_by == "deadline" and not result.get("hermes_timed_out"):
            result["output"] = f"{result.get('output', '')}\n[Command timed out after {limit}s]"
            result["hermes_timed_out"] = True
        if proc.greeted:
            self._belongings.bring_anew()
            # At the opening nothing of this shell can have been lost; of the workspace the session itself tells.
            self._replaced_untold = self._replaced_untold or not self._opening_now()
        if proc.order.kind == "terminal" and self._replaced_untold:
            self._replaced_untold = False
            self._mark_recreated()
        return result

    def _probe_nonlogin_fallback(self, detail: str) -> tuple[bool, str]:
        """A login shell that nobody ran says nothing about login shells."""
        if not self._opening_ran():
            return False, detail
        return super()._probe_nonlogin_fallback(detail)

    # --- opening ---

    def _open(self) -> dict[str, Any] | None:
        """Make the shell's snapshot before the first command. Returns the result to give where Exec refuses even that."""
        with self._opening:
            if self._closed:
                # Hermes' last hooks still ask for it: no container starts for them.
                return {"output": "[sandbox] This environment is closed.", "returncode": NOT_RUN}
            if self._opened:
                return None
            self._last_opening = None
            self._opening_thread = threading.current_thread()
            try:
                self.init_session()
                if self._moved():
                    self.init_session()
            finally:
                self._opening_thread = None
            job = self._last_opening
            if job is not None and job.refused is not None:
                return {"output": f"[sandbox] {job.refused}", "returncode": job.returncode or 1}
            self._opened = self._snapshot_ready or self._opening_ran()
            return None

    _opening_thread: threading.Thread | None = None

    def _opening_now(self) -> bool:
        return self._opening_thread is threading.current_thread()

    def _opening_ran(self) -> bool:
        """Whether the last shell of the opening came to an end of its own."""
        return self._last_opening is not None and self._last_opening.ended_by == "exit"

    def _moved(self) -> bool:
        """Whether Exec's workspace lies elsewhere than the agent's (an engine without mounts); then all paths are made anew."""
        there = self._last_opening.workspace if self._last_opening is not None else None
        if there is None or there == self._workspace:
            return False
        self._workspace = there
        self.cwd = self._over_there(self.cwd)
        self._snapshot_path = f"{self.get_temp_dir()}/hermes-snap-{self._session_id}.sh"
        self._cwd_file = f"{self.get_temp_dir()}/hermes-cwd-{self._session_id}.txt"
        self._belongings.move(there)
        return True

    def _over_there(self, path: str) -> str:
        own = self._own_workspace
        if own != self._workspace and (path == own or path.startswith(f"{own}/")):
            return self._workspace + path[len(own) :]
        return path

    # --- scripts ---

    def _folder_line(self) -> str:
        folder = shlex.quote(self.get_temp_dir())
        return f"[ -d {folder} ] || mkdir -p -m 700 {folder}"

    def _shell_line(self, greeting: str) -> str:
        """Finds out that the workspace is a new one, makes the shell's snapshot again, and says so."""
        there = f"[ -r {shlex.quote(self._snapshot_path)} ]"
        again = in_login_shell(self._bootstrap or "true", "</dev/null >/dev/null 2>&1", replace=False)
        return f"{there} || {{\n{self._folder_line()}\n{again}\n{there} && printf %s {shlex.quote(greeting)}\n}}"

    # --- jobs ---

    def _send_job(self, order: Order) -> Job:
        return Job(self._door, order)

    def _send_files(self, command: str, stdin: bytes | None) -> tuple[int, str]:
        job = self._send_job(Order(command, "tool", FILES_S, stdin))
        with job.stdout as stream:
            output = stream.read()
        code = job.wait()
        return (1 if code is None else code), output

    def _await_start(self, job: Job, watched: int | None) -> None:
        """Until the job runs or somebody interrupts: Hermes' own wait then takes either up."""
        now = time.monotonic()
        activity: dict[str, Any] = {"last_touch": now, "start": now}
        while not job.started.wait(0.1):
            if is_interrupted() or is_thread_interrupted(watched):
                return
            touch_activity_if_due(activity, "starting the sandbox")


def in_login_shell(script: str, redirections: str = "", *, replace: bool = True) -> str:
    """A command that runs `script` as a login shell does, however large it is: no argument holds it. Stdin stays the job's."""
    end = f"END_{uuid.uuid4().hex}"
    return f"{'exec ' if replace else ''}bash -l /dev/fd/9 9<<'{end}' {redirections}\n{script}\n{end}"
