"""Routes of the workspace: packs out and in, single files, and how the box is."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from talaria_exec import __version__
from talaria_exec.declared.ledger import is_ours
from talaria_exec.declared.rule import bring
from talaria_exec.declared.tree import Tree, is_inside
from talaria_exec.http_api.request import Answer, Request
from talaria_exec.http_api.server import Route
from talaria_exec.job.jobs import Jobs
from talaria_exec.problem import Refusal, of_disk
from talaria_exec.settings import Settings
from talaria_exec.workspace import files
from talaria_exec.workspace.entries import Marks, index
from talaria_exec.workspace.home import make_home
from talaria_exec.workspace.pack import Packs
from talaria_exec.workspace.unpack import unpack
from talaria_exec.workspace.usage import Usage

PACK = re.compile(r"/packs/(?P<pack>[0-9a-f]{32})")
FILE = re.compile("/workspace/file")


def workspace_routes(settings: Settings, jobs: Jobs) -> Sequence[Route]:
    """The table."""
    workspace = settings.workspace
    marks = Marks()
    packs = Packs(workspace, settings.private, marks)
    usage = Usage(workspace)

    def health(_request: Request) -> Answer:
        about = {"version": __version__, "workspace": str(workspace)}
        return Answer.of({**about, "jobs": jobs.running, "usedBytes": usage.bytes()})

    def pack(request: Request) -> Answer:
        asked = request.json()
        made = asdict(packs.make(asked.text("sinceMark"), int(asked.number("limitBytes"))))
        about = {"pack": made.pop("name"), **made}
        if request.query.get("send") != "1":
            return Answer.of(about)
        return Answer(packs.path(about["pack"]), {"content-type": "application/gzip", "x-pack": json.dumps(about)})

    def apply(request: Request) -> Answer:
        with tempfile.NamedTemporaryFile(dir=settings.private) as file:
            _receive(request, Path(file.name))
            applied = unpack(Path(file.name), workspace, replace=request.query.get("replace") == "1")
        make_home(settings)
        return Answer.of({**asdict(applied), "mark": marks.keep(index(workspace))})

    def declare(request: Request) -> Answer:
        asked = request.json()
        documents = asked.texts("documents")
        folder = asked.text("folder")
        for path in (*documents, *([folder] if folder else [])):
            if not is_inside(path) or is_ours(path):
                raise Refusal("pathOutside", f"{path!r} is not inside the workspace.")
        outcomes = bring(Tree(workspace), documents, [folder] if folder else [], datetime.now(UTC).date())
        return Answer.of({"outcomes": [asdict(one) for one in outcomes], "mark": marks.keep(index(workspace))})

    def fetch(request: Request) -> Answer:
        return Answer(packs.path(request.names["pack"]), {"content-type": "application/gzip"})

    def drop(request: Request) -> Answer:
        packs.drop(request.names["pack"])
        return Answer.of({})

    def listing(request: Request) -> Answer:
        return Answer.of({"entries": files.listing(workspace, request.query.get("path", ""))})

    def get(request: Request) -> Answer:
        path = files.existing(workspace, request.query.get("path", ""))
        return Answer(path, {"content-type": "application/octet-stream"})

    def put(request: Request) -> Answer:
        return Answer.of({"bytes": files.put(workspace, request.query.get("path", ""), request.body.chunks())})

    return [
        Route("GET", re.compile("/health"), health),
        Route("POST", re.compile("/workspace/pack"), pack),
        Route("POST", re.compile("/workspace/unpack"), apply),
        Route("PUT", re.compile("/workspace/documents"), declare),
        Route("GET", PACK, fetch),
        Route("DELETE", PACK, drop),
        Route("GET", re.compile("/workspace/list"), listing),
        Route("GET", FILE, get),
        Route("PUT", FILE, put),
    ]


def _receive(request: Request, into: Path) -> None:
    """Take a pack, and hold it against its sum before anything is done with it."""
    digest = hashlib.sha256()
    try:
        with open(into, "wb") as file:
            for chunk in request.body.chunks():
                digest.update(chunk)
                file.write(chunk)
    except ConnectionError:
        raise
    except OSError as error:
        raise of_disk(error, "The pack cannot be taken") from error
    if digest.hexdigest() != request.headers.get("x-sha256"):
        raise Refusal("packDamaged", f"The pack has the SHA-256 {digest.hexdigest()}, not the one that x-sha256 names.")
