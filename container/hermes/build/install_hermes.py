"""Installs Hermes into a sealed environment of its own, /opt/hermes-agent, and leaves it under /out. Runs in a stage of the
Dockerfile.

From the environment:
  HERMES_SOURCE          URL of a tag's tarball, or pypi:PROJECT==VERSION
  HERMES_SHA256          of the tarball; of the wheel where the source is PyPI (may be empty there)
  EXTRAS                 names of Hermes' extras, separated by commas or spaces
  HERMES_CONSTRAINTS     requirements name==version that hold for everything that is installed, separated by spaces
  DASHBOARD              true: a tarball's dashboard gets its pages, too
  EXTRA_PYTHON_PACKAGES  further requirements, which may not change what Hermes itself has pinned
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from dashboard_pages import build_pages
from fetch import fetch
from machine import use_machine

HOME = Path("/opt/hermes-agent")
SOURCE = HOME / "source"
VENV = HOME / "venv"
OUT = Path("/out")
WORK = Path("/tmp/hermes")
NOT_NEEDED = (".github", "tests", "website", "apps", "nix", "packaging")
"""Folders of the source tree that no program of it loads."""

EXTRA = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def pip(*arguments: str) -> None:
    """Install into the environment, which has no pip of its own."""
    command = ["python3", "-m", "pip", "--python", str(VENV / "bin" / "python"), "install", "--no-compile", "--no-input"]
    subprocess.run([*command, "--disable-pip-version-check", "--root-user-action=ignore", *arguments], check=True)


def words(name: str) -> list[str]:
    """The words of a build argument."""
    return [word for word in re.split(r"[\s,]+", os.environ.get(name, "")) if word]


def extras() -> str:
    """The extras as pip writes them, with brackets."""
    names = words("EXTRAS")
    wrong = [name for name in names if not EXTRA.fullmatch(name)]
    if wrong:
        raise SystemExit(f"EXTRAS has names that no extra has: {', '.join(wrong)}.")
    return f"[{','.join(names)}]" if names else ""


def constraints() -> list[str]:
    """Options that hold every install to the given versions."""
    pinned = words("HERMES_CONSTRAINTS")
    file = WORK / "constraints.txt"
    file.write_text("\n".join(pinned) + "\n", encoding="utf-8")
    return ["-c", str(file)] if pinned else []


def from_index(requirement: str, sha256: str) -> None:
    """Hermes as a package: the wheel by its hash, then what it requires."""
    project, _, version = requirement.partition("==")
    if not version:
        raise SystemExit(f"HERMES_SOURCE names {requirement} without a version: write pypi:{project}==VERSION.")
    if sha256:
        wheel = WORK / "wheel.txt"
        wheel.write_text(f"{requirement} --hash=sha256:{sha256}\n", encoding="utf-8")
        pip("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(wheel))
    pip(*constraints(), f"{project}{extras()}=={version}")


def from_tarball(url: str, sha256: str) -> None:
    """Hermes as its maintainers release it: the tag's tree, installed editable. Its lock file, if any, pins by hash."""
    if not sha256:
        raise SystemExit("HERMES_SHA256 is empty: a tarball is only installed by its SHA-256.")
    tarball = WORK / "source.tar.gz"
    fetch(url, sha256, tarball)
    with tarfile.open(tarball) as archive:
        archive.extractall(WORK / "unpacked", filter="data")
    (tree,) = (WORK / "unpacked").iterdir()
    shutil.move(tree, SOURCE)
    if (SOURCE / "uv.lock").exists():
        subprocess.run(["python3", "-m", "pip", "install", "--break-system-packages", "--root-user-action=ignore", "uv==0.11.6"], check=True)
        locked = WORK / "locked.txt"
        chosen = [option for name in words("EXTRAS") for option in ("--extra", name)]
        export = ["uv", "export", "--frozen", "--no-dev", "--no-emit-project", "--no-header", *chosen, "-o", str(locked)]
        subprocess.run([*export, "--quiet"], check=True, cwd=SOURCE)
        pip("--require-hashes", "-r", str(locked))
        pip("--no-deps", "-e", str(SOURCE))
    else:
        pip(*constraints(), "-e", f"{SOURCE}{extras()}")
    build_pages(SOURCE)
    for name in NOT_NEEDED:
        shutil.rmtree(SOURCE / name, ignore_errors=True)


def add_packages(requirements: list[str]) -> None:
    """Further packages, with everything that is there already held at its version."""
    frozen = subprocess.run(
        ["python3", "-m", "pip", "--python", str(VENV / "bin" / "python"), "freeze", "--exclude-editable"],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    held = WORK / "held.txt"
    held.write_text("".join(f"{line}\n" for line in frozen.splitlines() if re.fullmatch(r"\S+==\S+", line)), encoding="utf-8")
    pip("-c", str(held), *requirements)


def settle() -> None:
    """Compile what is there, without the time of the build in it: nobody who runs in the image may write here."""
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or 0)
    compile_all = [str(VENV / "bin" / "python"), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    # A package may hold templates that are no Python; one process and a fixed seed, or the result
    # differs from build to build.
    subprocess.run([*compile_all, str(HOME)], check=False, env={**os.environ, "PYTHONHASHSEED": "0"})
    (OUT / "opt").mkdir(parents=True)
    shutil.move(HOME, OUT / "opt")
    for folder, folders, files in os.walk(OUT):
        for name in (*folders, *files, "."):
            os.utime(os.path.join(folder, name), (epoch, epoch), follow_symlinks=False)


def main() -> None:
    """Install, settle, and say what is there."""
    use_machine()
    WORK.mkdir(parents=True)
    subprocess.run(["python3", "-m", "venv", "--without-pip", str(VENV)], check=True)
    source, sha256 = os.environ["HERMES_SOURCE"], os.environ.get("HERMES_SHA256", "")
    if source.startswith("pypi:"):
        from_index(source.removeprefix("pypi:"), sha256)
    else:
        from_tarball(source, sha256)
    if more := words("EXTRA_PYTHON_PACKAGES"):
        add_packages(more)
    check = "import sqlite3, aiohttp, hermes_cli; print('sqlite3.sqlite_version', sqlite3.sqlite_version)"
    trial = {**os.environ, "HOME": str(WORK), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([str(VENV / "bin" / "python"), "-c", check], check=True, env=trial)
    subprocess.run([str(VENV / "bin" / "hermes"), "--version"], check=True, env=trial)
    settle()


if __name__ == "__main__":
    main()
