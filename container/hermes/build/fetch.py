"""Downloads a pinned file: `fetch.py URL SHA256 FILE`. A file that is not the pinned one ends the build."""

from __future__ import annotations

import hashlib
import ssl
import sys
import urllib.request
from pathlib import Path

from machine import use_machine


def fetch(url: str, sha256: str, file: Path) -> None:
    """Write what `url` answers to `file`, if its SHA-256 is the expected one."""
    with urllib.request.urlopen(url, timeout=60, context=ssl.create_default_context()) as answer:
        content = answer.read()
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256:
        raise SystemExit(f"{url} has SHA-256 {actual}, expected {sha256}: nothing is installed from it.")
    file.write_bytes(content)
    print(f"{url}: {len(content)} bytes, SHA-256 as pinned")


if __name__ == "__main__":
    use_machine()
    fetch(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
