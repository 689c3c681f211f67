"""What of `hermes` is the stack's to decide. Hermes itself refuses a pinned key and sends its user to an administrator; this names what to type.

It helps whoever types. It is no lock: the managed scope is, and it wins whatever is written below it.
"""

from __future__ import annotations

from collections.abc import Sequence

from talaria_agent.configure.declared import Declared

WITH_VALUE = ("-p", "--profile", "-m", "--model", "--provider", "-t", "--toolsets")
"""Options of `hermes` before its command that take a word."""


def refusal(words: Sequence[str], declared: Declared) -> str | None:
    """Why this command line of `hermes` is not run, and what to type instead; None where it may run."""
    match _command(words):
        case ["config", "set" | "unset", path, *_]:
            return _key(path, declared)
        case ["config", "edit", *_]:
            return (
                "An editor would show keys that the stack declares, and what is written there would not count. "
                "Set others one by one: hermes config set KEY VALUE. "
                f"Declared keys are changed in the stack: {_pulumi(declared.stack, 'config set --path talaria:settings.KEY VALUE')}"
            )
        case ["model", *_]:
            return _instead("The model is the stack's", "config set --path talaria:model.default PROVIDER/MODEL", declared)
        case ["setup", *_]:
            return _instead("The stack's config is the set-up", "config set talaria:KEY VALUE", declared)
        case ["update", *rest] if "--check" not in rest:
            return _instead("Hermes comes with the image, by version and hash", "config set --path talaria:images.hermes IMAGE", declared)
        case ["mcp", "remove" | "rm" | "configure" | "config" | "add", name, *_] if declared.owner(f"mcp_servers.{name}"):
            return _instead(f"The MCP server {name} is declared by the stack {declared.stack}", f"config set --path talaria:mcpServers.{name}.FIELD VALUE", declared)
        case ["gateway", ("install" | "uninstall") as act, *_]:
            return (
                f"There is no service to {act}: the bot's Agent starts the gateway and brings it back. "
                "Type ./talaria restart --gateway, or ./talaria stop."
            )
        case _:
            return None


def key_set(words: Sequence[str]) -> str | None:
    """The key that this command line of `hermes` sets or unsets; None of any other."""
    match _command(words):
        case ["config", "set" | "unset", path, *_]:
            return path
        case _:
            return None


def _command(words: Sequence[str]) -> list[str]:
    """The words without options of `hermes` itself."""
    rest = list(words)
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in WITH_VALUE else rest[1:]
    return [word for word in rest if word == "--check" or not word.startswith("-")]


def _key(path: str, declared: Declared) -> str | None:
    owner = declared.owner(path)
    if owner == "talaria":
        return f"{path} is Talaria's to decide: what to set instead, the stack says when `talaria:settings.{path}` is declared."
    if owner is None:
        return None
    return _instead(f"{path} is declared by the stack {declared.stack}", f"config set --path talaria:settings.{path} VALUE", declared)


def _instead(what: str, command: str, declared: Declared) -> str:
    stack = declared.stack
    return f"{what}. Change it there: {_pulumi(stack, command)}, then {_pulumi(stack, 'up')}"


def _pulumi(stack: str, command: str) -> str:
    """A command of Pulumi for the stack; a local one has a backend of its own, which only `npm run pulumi` knows."""
    local = stack == "local" or stack.startswith("local-")
    return f"{'npm run pulumi -- ' if local else 'pulumi '}{command} --stack {stack}"
