"""Declared leaves win and others never vanish, whatever happens in whatever order: random histories, judged by a real Hermes' own loader.

TALARIA_TEST_HERMES_BIN=<bin folder of its venv>; TALARIA_TEST_CASES sets how many histories, TALARIA_TEST_SEED repeats one run.
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from talaria_agent.configure.testing.histories import OWNED, Chance, Tree, at, leaves, put, touch
from talaria_agent.configure.testing.process import HERMES_BIN, Loader

CASES = int(os.environ.get("TALARIA_TEST_CASES", "150"))
SEED = int(os.environ.get("TALARIA_TEST_SEED") or random.SystemRandom().randrange(1_000_000))

pytestmark = pytest.mark.skipif(not HERMES_BIN, reason="TALARIA_TEST_HERMES_BIN names no Hermes")


@pytest.fixture(scope="module")
def loader() -> Iterator[Loader]:
    made = Loader()
    yield made
    made.close()


class Container:
    """One container with a home, its saved copies, and what was declared last."""

    def __init__(self, loader: Loader, root: Path) -> None:
        self.loader, self.root = loader, root
        self.file = root / "home" / ".hermes" / "config.yaml"
        self.declared: Tree = {}
        self.needed: Tree = {}
        self.saved: list[Path] = []
        self.said: list[str] = []
        loader.ask("enter", root=str(root))

    def deploy(self, tree: Tree) -> None:
        before = self.file.read_bytes() if self.file.exists() else None
        self.declared = tree
        self.needed = self.loader.ask("deploy", settings=tree)
        self.said.append(f"deploy {json.dumps(tree, ensure_ascii=False)}")
        assert before is None or self.file.read_bytes() == before, "a deploy wrote into the user's config.yaml"

    def edit(self, chance: Chance) -> None:
        """The user's edits: `hermes config set`, and an editor."""
        path, value = chance.leaf()
        key = ".".join(path)
        if chance.draw.random() < 0.6 and not isinstance(value, list):
            text = json.dumps(value) if isinstance(value, bool) else str(value)
            before = self.file.read_bytes()
            taken = self.loader.ask("set", key=key, value=text)
            self.said.append(f"hermes config set {key} {text!r}: {taken}")
            if any(path == leaf for leaf, _ in leaves(self.declared)):
                assert not taken and self.file.read_bytes() == before, "hermes config set took a declared key"
            return
        tree: Tree = self.loader.ask("user")
        put(tree, path, value)
        self.file.write_text(json.dumps(tree, indent=1, ensure_ascii=False), encoding="utf-8")
        self.said.append(f"an editor {key} = {value!r}")

    def save(self) -> None:
        copy = self.root / f"saved-{len(self.saved)}"
        shutil.copytree(self.root / "home", copy)
        self.saved.append(copy)
        self.said.append("save")

    def restore(self, copy: Path) -> None:
        shutil.rmtree(self.root / "home")
        shutil.copytree(copy, self.root / "home")
        self.said.append(f"restore {copy.name}")

    def loaded(self) -> Tree:
        return self.loader.ask("load")

    def managed(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted((self.root / "etc").iterdir())}

    def hold(self) -> Tree:
        """What always has to be true after a deploy. Answers what was loaded."""
        seen = self.loaded()
        for path, value in leaves(self.needed):
            assert at(seen, path) == value, f"{'.'.join(path)} is Talaria's and lost"
        for path, value in leaves(self.declared):
            assert at(seen, path) == value, f"{'.'.join(path)} is declared and lost"
        ours = [path for tree in (self.needed, self.declared) for path, _ in leaves(tree)]
        managed = json.loads((self.root / "etc" / "config.yaml").read_text())
        for path, value in leaves(self.loader.ask("user")):
            if path[0] in OWNED or any(touch(path, other) for other in (*ours, *(leaf for leaf, _ in leaves(managed)))):
                continue
            assert at(seen, path) == value, f"{'.'.join(path)} is the user's and vanished"
        return seen


def live(container: Container, chance: Chance) -> None:
    """A random history; every deploy is judged."""
    container.deploy(chance.tree(6))
    for _ in range(chance.draw.randrange(2, 7)):
        act = chance.draw.choice(["deploy", "undeclare", "restart", "edit", "edit", "edit", "save", "restore"])
        if act == "deploy":
            container.deploy(chance.tree(6))
        elif act == "undeclare":
            kept = [leaf for leaf in leaves(container.declared) if chance.draw.random() < 0.5]
            tree: Tree = {}
            for path, value in kept:
                put(tree, path, value)
            container.deploy(tree)
        elif act == "edit":
            container.edit(chance)
            continue
        elif act == "save":
            container.save()
            continue
        else:
            if act == "restore" and container.saved:
                container.restore(chance.draw.choice(container.saved))
            container.deploy(container.declared)
        container.hold()


def once_and_again(container: Container, fresh: Path) -> None:
    """The outcome depends on the home's file and the last declaration alone: not on what was before, nor on how often."""
    container.deploy(container.declared)
    seen, managed = container.hold(), container.managed()
    container.deploy(container.declared)
    assert container.managed() == managed and container.loaded() == seen, "twice is not the same as once"
    shutil.copytree(container.root / "home", fresh / "home")
    elsewhere = Container(container.loader, fresh)
    elsewhere.deploy(container.declared)
    there = elsewhere.loaded()
    for path in {path for tree in (seen, there) for path, _ in leaves(tree)} - {("terminal", "cwd")}:
        assert at(there, path) == at(seen, path), f"{'.'.join(path)} depends on what was before"


def test_declared_leaves_win_and_others_stay_in_every_history(loader: Loader, tmp_path: Path) -> None:
    print(f"TALARIA_TEST_SEED={SEED}")
    defaults: Any = loader.ask("defaults")
    for case in range(CASES):
        container = Container(loader, tmp_path / f"{case}")
        try:
            live(container, Chance(SEED + case, defaults))
            once_and_again(container, tmp_path / f"{case}-elsewhere")
        except AssertionError as error:
            history = "\n  ".join(container.said)
            raise AssertionError(f"{error}\nTALARIA_TEST_SEED={SEED + case} TALARIA_TEST_CASES=1\n  {history}") from error
        for folder in tmp_path.iterdir():
            shutil.rmtree(folder)
