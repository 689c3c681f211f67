"""The process of Hermes' dashboard."""

from __future__ import annotations

import asyncio
import ctypes
import os
import re
import signal
import sys
from collections import deque
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from talaria_agent.gateway.console import rotate
from talaria_agent.problem import INTERNAL, Problem

NOT_BUILT = 78
READY = re.compile(rb"HERMES_DASHBOARD_READY port=(\d+)")
READY_SECONDS = 90.0
END_SECONDS = 3.0
"""The SDK's kill gives five seconds in all."""
QUOTED_LINES = 4
FIRST_TO_GO = "900"
"""Where memory runs out the kernel ends the dashboard, which is known to leak, and not the gateway."""
_PR_SET_PDEATHSIG = 1

OPTIONS = ("--host", "127.0.0.1", "--port", "0", "--no-open", "--skip-build", "--isolated")
"""A free port of the loopback; `--isolated`: this home's dashboard, whatever profile is set in it."""


def require_built(environment: Mapping[str, str]) -> None:
    """Refuse where the installed Hermes has no pages: it would start to build them."""
    named = environment.get("HERMES_WEB_DIST")
    spec = find_spec("hermes_cli")
    folders = [Path(named)] if named else [Path(top) / "web_dist" for top in (spec.submodule_search_locations or [])] if spec else []
    if any((folder / "index.html").exists() for folder in folders):
        return
    raise Problem(
        "dashboard_not_built",
        "The Hermes of this container has no dashboard: its pages were not built when it was installed.",
        "Look at what the image's build said, after `the dashboard's pages`; the build argument DASHBOARD is `true` by default.",
        NOT_BUILT,
    )


class HermesDashboard:
    """`hermes dashboard` on a port of 127.0.0.1; what it prints goes into a log file."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._last: deque[bytes] = deque(maxlen=QUOTED_LINES)
        self._port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read(log))

    @classmethod
    async def start(cls, hermes: str, environment: Mapping[str, str], workspace: Path, log: Path) -> HermesDashboard:
        """Start it. It goes when this process goes."""
        log.parent.mkdir(parents=True, exist_ok=True)
        rotate(log)
        process = await asyncio.create_subprocess_exec(
            hermes, "dashboard", *OPTIONS,
            env=dict(environment), cwd=workspace, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            start_new_session=True, preexec_fn=_go_first,
        )  # fmt: skip
        return cls(process, log)

    async def port(self) -> int:
        """Wait until it serves; the port. Raises Problem where it ends, or takes too long."""
        ended = asyncio.ensure_future(self._process.wait())
        await asyncio.wait({self._port, ended}, timeout=READY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if self._port.done():
            return self._port.result()
        if ended.done():
            await self._reading
        words = b" / ".join(self._last).decode(errors="replace") or "it wrote nothing"
        how = f"ended with {self._process.returncode}" if ended.done() else f"did not serve within {READY_SECONDS:.0f} s"
        raise Problem("dashboard_failed", f"Hermes' dashboard {how}: {words}.", "See logs/dashboard.log in Hermes' home.", INTERNAL)

    async def wait(self) -> int:
        """Wait until it has ended; its exit code."""
        return await self._process.wait()

    def megabytes(self) -> float:
        """Memory that it holds; 0 where the system does not say."""
        try:
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        except (OSError, IndexError):
            return 0.0
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    async def end(self) -> None:
        """End it, and all that it started."""
        for number, seconds in ((signal.SIGTERM, END_SECONDS), (signal.SIGKILL, 1.0)):
            try:
                os.killpg(self._process.pid, number)
            except ProcessLookupError:
                return
            try:
                async with asyncio.timeout(seconds):
                    await self._process.wait()
            except TimeoutError:
                continue

    async def _read(self, log: Path) -> None:
        output = self._process.stdout
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab", buffering=0) as file:
            while output is not None and (line := await output.readline()):
                file.write(line)
                if line.strip():
                    self._last.append(line.strip())
                if (found := READY.search(line)) and not self._port.done():
                    self._port.set_result(int(found[1]))


def _go_first() -> None:
    """In the new process: ended with its parent, and before the gateway where memory runs out."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO)
