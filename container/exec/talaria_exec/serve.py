"""`talaria-exec serve`: listens until it is told to end. A second one in the same container ends at once, with 0."""

from __future__ import annotations

import errno
import http.client
import os
import shutil
import signal
import sys
import threading
import time
import traceback

from talaria_exec.certificates import Certificates
from talaria_exec.http_api.job_routes import job_routes
from talaria_exec.http_api.server import Server
from talaria_exec.http_api.workspace_routes import workspace_routes
from talaria_exec.job.collector import Collector
from talaria_exec.job.jobs import Jobs
from talaria_exec.process.kernel import take_name
from talaria_exec.process.spawner import Spawner
from talaria_exec.process.tree import ancestors
from talaria_exec.settings import Settings, read_settings
from talaria_exec.workspace.home import make_home

BROKEN = 70
REQUESTS = (signal.SIGTERM, signal.SIGINT)
LOOK_SECONDS = 0.5
OTHER_SECONDS = 10.0
"""How long the supervisor that has the port may take to answer."""


def main() -> int:
    """Returns the exit code: 0 done or already there, 70 broken."""
    settings = read_settings(os.environ)
    try:
        server = Server(settings.bind, settings.port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE and _other_answers(settings):
            return 0
        print(f"talaria-exec: {settings.bind}:{settings.port} cannot be listened on: {error}", file=sys.stderr)
        return BROKEN
    return _serve(settings, server)


def _serve(settings: Settings, server: Server) -> int:
    shutil.rmtree(settings.private, ignore_errors=True)  # what a supervisor left that was killed
    settings.private.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_home(settings)
    take_name("talaria-exec")
    spawner = Spawner(server.server_close)  # forks: before there is any thread
    ends: list[int] = []
    over = threading.Event()

    def end(code: int) -> None:
        ends.append(code)
        over.set()

    signal.pthread_sigmask(signal.SIG_BLOCK, REQUESTS)
    for number in (signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    collector = Collector(spawner, lambda: end(BROKEN))

    def collect() -> None:
        try:
            collector.run()
        except Exception:
            traceback.print_exc()  # without it no job would ever end: the next supervisor starts afresh
            end(BROKEN)

    jobs = Jobs(settings, spawner, collector, Certificates(settings.certificate, settings.private))
    server.routes = [*job_routes(jobs), *workspace_routes(settings, jobs)]
    spawner.prepare()
    threading.Thread(target=collect, daemon=True).start()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"talaria-exec: listening on {settings.bind}:{settings.port}", flush=True)
    while not over.is_set():
        caught = signal.sigtimedwait(REQUESTS, LOOK_SECONDS)
        if caught is not None and caught.si_pid in (0, *ancestors(os.getpid())):
            end(0)  # a job that ends whatever is called python does not mean this
    shutil.rmtree(settings.private, ignore_errors=True)
    return ends[0]  # each reaper sees its socket close, and ends what is below it


def _other_answers(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.bind == "0.0.0.0" else settings.bind
    until = time.monotonic() + OTHER_SECONDS
    while time.monotonic() < until:
        connection = http.client.HTTPConnection(host, settings.port, timeout=OTHER_SECONDS)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            time.sleep(0.1)  # it may be at its start, or at its end
        finally:
            connection.close()
    return False
