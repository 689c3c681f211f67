"""Hermes' own loader and `hermes config set`, beside Talaria's deploy, in one process: an order as a JSON line in, its answer as one out.

Run by the Python of a real Hermes, with this package on its path. A process of Hermes takes a second to start, a load here a millisecond.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hermes_cli import config as hermes
from hermes_cli import managed_scope

from talaria_agent.configure.declaration import Declaration
from talaria_agent.configure.declared import write_declared
from talaria_agent.configure.installed_hermes import anthropic_available, config_version
from talaria_agent.configure.managed_scope import managed_config, needed_config, write_managed_scope
from talaria_agent.configure.user_config import seed_user_config, users_plugins
from talaria_agent.surroundings import Surroundings

Order = Mapping[str, Any]


def place() -> Surroundings:
    """The container whose turn it is, as its environment says."""
    home = Path(os.environ["HERMES_HOME"]).parent
    return Surroundings(home, home.parent / "ws", home.parent / "run", Path(os.environ["HERMES_MANAGED_DIR"]), "127.0.0.5", "http://inside")


def enter(order: Order) -> None:
    """Go on in the container of this folder."""
    root = Path(order["root"])
    os.environ.update(HERMES_HOME=str(root / "home" / ".hermes"), HERMES_MANAGED_DIR=str(root / "etc"))
    (root / "home" / ".hermes").mkdir(parents=True, exist_ok=True)


def deploy(order: Order) -> dict[str, Any]:
    """What a start of the gateway does to the configuration, in the launcher's order. Answers what Talaria itself needs."""
    here = place()
    declaration = Declaration(order["settings"], {}, "openai/canned", 131_072, 32, "prod")
    version = config_version()
    needed = needed_config(declaration, here, version, anthropic_available(), users_plugins(here.hermes_home))
    write_managed_scope(here.managed, managed_config(declaration, needed))
    write_declared(here.managed, declaration.stack, declaration.settings, needed)
    seed_user_config(here.hermes_home, version)
    managed_scope.invalidate_managed_cache()
    return needed


def set_by_command(order: Order) -> bool:
    """`hermes config set KEY VALUE`; whether Hermes took it."""
    return _taken(lambda: hermes.set_config_value(order["key"], order["value"]))


def unset_by_command(order: Order) -> bool:
    """`hermes config unset KEY`; whether Hermes took it."""
    return _taken(lambda: hermes.unset_config_value(order["key"]))


def _taken(act: Callable[[], object]) -> bool:
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            act()
    except SystemExit as end:
        return end.code in (None, 0)
    return True


def user_tree(_: Order) -> Any:
    """The home's config.yaml alone, as Hermes reads it."""
    return hermes.read_raw_config()


ORDERS: Mapping[str, Callable[[Order], Any]] = {
    "enter": enter,
    "deploy": deploy,
    "load": lambda _: hermes.load_config(),
    "set": set_by_command,
    "unset": unset_by_command,
    "user": user_tree,
    "defaults": lambda _: hermes.DEFAULT_CONFIG,
}


def main() -> None:
    """Answers until the orders end. What Hermes prints goes to stderr, so that a line of stdout is an answer."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        order = json.loads(line)
        answers.write(json.dumps(ORDERS[order["order"]](order), default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
