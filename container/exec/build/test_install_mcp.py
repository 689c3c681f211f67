"""Packages of MCP servers, by the real pip and the real npm, of packages that lie on the disk."""

import base64
import hashlib
import importlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

SERVER = "import os, sys\ndef main():\n    print('python', *sys.argv[1:], os.environ.get('GIVEN', ''))\n"


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    return importlib.import_module("install_mcp")


def a_wheel(folder: Path) -> Path:
    """A package with one program, `of-pip`."""
    info = "of_pip-1.0.dist-info"
    files = {
        "of_pip.py": SERVER,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: of-pip\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\nof-pip = of_pip:main\n",
    }
    digest = {name: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode() for name, text in files.items()}
    files[f"{info}/RECORD"] = "".join(f"{name},sha256={digest[name]},{len(text)}\n" for name, text in files.items()) + f"{info}/RECORD,,\n"
    path = folder / "of_pip-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def an_npm_package(folder: Path, programs: object) -> Path:
    """A package `@of/npm`, packed."""
    manifest = json.dumps({"name": "@of/npm", "version": "1.0.0", "bin": programs})
    path = folder / "of-npm-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in (("package.json", manifest), ("cli.js", "#!/usr/bin/env node\nconsole.log('node', ...process.argv.slice(2))\n")):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size, entry.mode = len(text), 0o755
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def said(program: Path, *arguments: str) -> str:
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def test_a_servers_program_runs_with_its_own_packages(module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = a_wheel(tmp_path)
    monkeypatch.setenv("MCP_PACKAGES", f"one:pip:of-pip:{wheel} two:pip:python:{wheel}")
    module.main(tmp_path / "mcp")
    assert said(tmp_path / "mcp/one/run", "--utc", "a b") == "python --utc a b"
    assert said(tmp_path / "mcp/two/run", "-c", "import of_pip, sys; print(sys.prefix)") == str(tmp_path / "mcp/two/venv")


@pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm")
@pytest.mark.parametrize(("programs", "chosen"), [("cli.js", "npm"), ({"serve": "cli.js"}, "serve"), ({"npm": "cli.js", "b": "cli.js"}, "npm")])
def test_a_package_of_npm_brings_its_program_as_npx_picks_it(
    programs: object, chosen: str, module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCP_PACKAGES", f"some:npm::{an_npm_package(tmp_path, programs)}")
    monkeypatch.setattr(module, "NODE", Path(shutil.which("node") or ""))
    monkeypatch.setenv("MCP_NODE", "copy")
    module.main(tmp_path / "mcp")
    assert said(tmp_path / "mcp/some/run", "/workspace") == "node /workspace"
    assert (tmp_path / "mcp/some/run").read_text().endswith(f'exec {chosen} "$@"\n')
    assert (tmp_path / "mcp/.node/node").exists()


def test_without_a_package_there_is_an_empty_folder(module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MCP_PACKAGES", raising=False)
    module.main(tmp_path / "mcp")
    assert list((tmp_path / "mcp").iterdir()) == []
    assert sys.modules["install_mcp"] is module
