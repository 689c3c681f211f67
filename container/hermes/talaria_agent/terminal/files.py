"""Skills, media and declared files of the agent, brought to where its commands run. One way: nothing comes back."""

from __future__ import annotations

import io
import logging
import os
import shlex
import tarfile
import uuid
from collections.abc import Callable, Iterator

from tools.environments.file_sync import FileSyncManager, iter_sync_files, quoted_rm_command

logger = logging.getLogger(__name__)

BATCH_BYTES = 16_000_000
"""Of files that are packed at once, in memory."""

LARGEST_FILE_BYTES = 64_000_000
"""A larger file stays here; the log says so."""

PART_BYTES = 4_000_000
"""Of an archive that one job takes through its stdin."""

Send = Callable[[str, bytes | None], tuple[int, str]]
"""Runs a command with these bytes as its stdin; its exit code and output."""


class NotBrought(Exception):
    """A command that brings files failed; Hermes logs it and brings them before the next command."""


class Belongings:
    """What FileSyncManager finds changed (names, sizes, times: no request when nothing is), packed and sent."""

    def __init__(self, workspace: str) -> None:
        """`workspace` is the folder over there that a session keeps."""
        self.move(workspace)

    def move(self, workspace: str) -> None:
        """Bring everything to another workspace from now on."""
        self._base = f"{workspace}/.home/.hermes"
        self._scratch = f"{workspace}/.talaria"
        self._stamp = f"{self._base}/.brought-{uuid.uuid4().hex}"
        self._send: Send = nobody
        self.bring_anew()

    def bring(self, send: Send) -> None:
        """Bring what changed since the last time, looked at every five seconds at most."""
        self._send = send
        self._manager.sync()

    def bring_anew(self) -> None:
        """Take the other side for empty: the next `bring` brings everything."""
        self._brought = False
        self._manager = FileSyncManager(
            get_files_fn=lambda: iter_sync_files(self._base),
            upload_fn=lambda here, there: self._upload([(here, there)]),
            bulk_upload_fn=self._upload,
            delete_fn=lambda paths: self._check(self._send(quoted_rm_command(paths), None)),
        )

    def missing_line(self, greeting: str) -> str:
        """A line of a script that prints `greeting` where what was brought is not there any more."""
        return f"[ -e {shlex.quote(self._stamp)} ] || printf %s {shlex.quote(greeting)}" if self._brought else ":"

    def _upload(self, files: list[tuple[str, str]]) -> None:
        for batch in batches(files):
            self._upload_batch(batch)

    def _upload_batch(self, files: list[tuple[str, str]]) -> None:
        packed = pack(files)
        archive = f"{self._scratch}/files-{uuid.uuid4().hex}.tgz"
        quoted, folder = shlex.quote(archive), shlex.quote(self._scratch)
        parts = [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]
        for number, part in enumerate(parts, 1):
            command = f"umask 077 && mkdir -p {folder} && cat >> {quoted}"
            if number == len(parts):
                command += f" && tar -xzpf {quoted} -C / --no-same-owner --no-overwrite-dir && touch {shlex.quote(self._stamp)}; ended=$?; rm -f {quoted}; exit $ended"
            self._check(self._send(command, part))
        self._brought = True

    @staticmethod
    def _check(result: tuple[int, str]) -> None:
        code, output = result
        if code != 0:
            raise NotBrought(f"exit code {code}: {output.strip()[:500]}")


def nobody(_command: str, _stdin: bytes | None) -> tuple[int, str]:
    """Before the first `bring`."""
    raise NotBrought("no environment sends")


def batches(files: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """`files` in groups of BATCH_BYTES, a larger file alone."""
    batch: list[tuple[str, str]] = []
    size = 0
    for here, there in files:
        bytes_of = os.path.getsize(here)
        if bytes_of > LARGEST_FILE_BYTES:
            logger.warning("%s is not brought to the sandbox: it has more than %d MB", there, LARGEST_FILE_BYTES // 1_000_000)
            continue
        if batch and size + bytes_of > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append((here, there))
        size += bytes_of
    if batch:
        yield batch


def pack(files: list[tuple[str, str]]) -> bytes:
    """A gzip tar of `files` (here, there), each a plain file under its absolute path over there, folders unnamed."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1, dereference=True) as tar:
        for here, there in files:
            entry = tar.gettarinfo(here, arcname=there.lstrip("/"))
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            with open(here, "rb") as content:
                tar.addfile(entry, content)
    return out.getvalue()
