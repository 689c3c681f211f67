"""Installs Python packages for the system's Python under /out: the pinned ones by their hashes, then EXTRA_PYTHON_PACKAGES."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from machine import use_machine

PINNED = Path("/build/requirements.txt")
HELD = Path("/tmp/held.txt")
LIBRARIES = Path("/out/usr/local/lib/python3.13/dist-packages")
TESTED = ("matplotlib", "numpy", "pandas")
"""Packages whose own tests are large and are left out."""


def pip(*arguments: str) -> None:
    """Install under /out, as a system package: users cannot change it, and may add their own beside it."""
    command = ["python3", "-m", "pip", "install", "--root", "/out", "--break-system-packages", "--ignore-installed", "--no-compile"]
    subprocess.run([*command, "--no-input", "--disable-pip-version-check", "--root-user-action=ignore", *arguments], check=True)


def main() -> None:
    """Install, then compile without the time of the build."""
    use_machine()
    pip("--require-hashes", "--only-binary", ":all:", "-r", str(PINNED))
    more = os.environ.get("EXTRA_PYTHON_PACKAGES", "").replace(",", " ").split()
    if more:
        HELD.write_text("\n".join(re.findall(r"^\S+==\S+", PINNED.read_text(encoding="utf-8"), re.MULTILINE)) + "\n", encoding="utf-8")
        pip("-c", str(HELD), *more)
    for name in TESTED:
        for tests in sorted((LIBRARIES / name).glob("**/tests")):
            shutil.rmtree(tests, ignore_errors=True)
    compile_all = ["python3", "-m", "compileall", "-q", "-s", "/out", "--invalidation-mode", "unchecked-hash"]
    # A package may hold templates that are no Python; without a fixed seed the order in sets differs from build to build.
    subprocess.run([*compile_all, str(LIBRARIES)], check=False, env={**os.environ, "PYTHONHASHSEED": "0"})
    for folder, folders, files in os.walk("/out"):
        for name in (*folders, *files, "."):
            os.utime(os.path.join(folder, name), (0, 0), follow_symlinks=False)


if __name__ == "__main__":
    main()
