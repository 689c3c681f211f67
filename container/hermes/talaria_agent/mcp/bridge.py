"""`talaria-mcp-exec`: an MCP server for Hermes, by standard input and output, whose program runs in Exec.

Each session that calls a tool has a server of its own, in its own sandbox, where it sees the session's workspace. Whose call it is, our plugin
says (tagging.py). All else that Hermes asks, such as for the list of tools, and calls of no session, go to one in a session of the server's own.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import IO

from talaria_agent.mcp.command import Command, read_command
from talaria_agent.mcp.instance import Handshake, Instance, Message
from talaria_agent.mcp.servers import TAG
from talaria_agent.mcp.tagging import argument_name
from talaria_agent.terminal.door import Door

STOP_S = 1.5
"""Hermes gives a program two seconds to end after it has closed its input."""


class Bridge:
    """Between Hermes and the servers of one name."""

    def __init__(self, command: Command, url: str, tag: str, out: IO[bytes]) -> None:
        self._command = command
        self._url = url
        self._argument = argument_name(tag)
        self._out = out
        self._writing = threading.Lock()
        self._handshake = Handshake()
        self._environment = {name: os.environ[name] for name in command.variables if name in os.environ}
        self._instances: dict[str, Instance] = {}
        self._asked: dict[str, tuple[Instance, object]] = {}
        """Requests of the servers to Hermes, by the id that Hermes sees: each server counts from one."""
        self._count = 0
        self._own_session = f"mcp-{command.name}"
        self._own = self._instance(self._own_session)

    def take(self, message: Message) -> None:
        """One message of Hermes."""
        method = message.get("method")
        if method is None:
            self._answer(message)
        elif method == "initialize":
            self._handshake.initialize = message
            self._own.send(message)
        elif method == "notifications/initialized":
            self._handshake.initialized = message
            self._own.send(message)
        elif method == "ping" and not self._own.running:
            # A server that rests is no worse for it, and is not started to say so.
            self._write({"jsonrpc": "2.0", "id": message.get("id"), "result": {}})
        elif method == "tools/call":
            self._called(message)
        elif method == "notifications/cancelled":
            request = _params(message).get("requestId")
            for instance in self._instances.values():
                if instance.holds(request):
                    instance.send(message)
        else:
            self._own.send(message)

    def stop(self) -> None:
        """End every server."""
        stops = [threading.Thread(target=instance.stop, args=(STOP_S,)) for instance in self._instances.values()]
        for stop in stops:
            stop.start()
        for stop in stops:
            stop.join(STOP_S)

    def _called(self, message: Message) -> None:
        params = dict(_params(message))
        arguments = params.get("arguments")
        session = None
        if isinstance(arguments, dict):
            arguments = dict(arguments)
            session = arguments.pop(self._argument, None)
            params["arguments"] = arguments
        instance = self._instance(session) if isinstance(session, str) and session else self._own
        instance.send({**message, "params": params})

    def _instance(self, session: str) -> Instance:
        known = self._instances.get(session)
        if known is None:
            self._drop_resting()
            door = Door(self._url, session)
            known = Instance(door, self._command, self._environment, self._handshake, self._told, self._command.idle_s)
            self._instances[session] = known
        return known

    def _drop_resting(self) -> None:
        """Sessions come and go: one whose server was given up is made anew when it calls again."""
        for session, instance in list(self._instances.items()):
            if session != self._own_session and instance.rests:
                del self._instances[session]
                instance.stop(0)

    def _answer(self, message: Message) -> None:
        """Hermes' answer to a request of a server."""
        instance, request = self._asked.pop(str(message.get("id")), (None, None))
        if instance is not None:
            instance.send({**message, "id": request})

    def _told(self, instance: Instance, message: Message) -> None:
        """One message of a server, from its thread."""
        method = message.get("method")
        if isinstance(method, str) and method.endswith("/list_changed") and instance is not self._own:
            return  # Hermes' list is that of the server's own session
        if method is not None and "id" in message:
            with self._writing:
                self._count += 1
                asked = f"talaria-{self._count}"
            self._asked[asked] = (instance, message["id"])
            message = {**message, "id": asked}
        self._write(message)

    def _write(self, message: Message) -> None:
        with self._writing:
            self._out.write(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            self._out.flush()


def _params(message: Message) -> Message:
    params = message.get("params")
    return params if isinstance(params, dict) else {}


def main(arguments: Sequence[str]) -> int:
    """Until its input ends, or SIGTERM."""
    command = read_command(arguments)
    url = os.environ.get("TALARIA_URL", "").rstrip("/")
    if not url:
        print("talaria-mcp-exec: TALARIA_URL is not set; Hermes starts this program as the stack declares it.", file=sys.stderr)
        return 64
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bridge = Bridge(command, url, os.environ.get(TAG, ""), sys.stdout.buffer)
    try:
        for line in sys.stdin.buffer:
            message = _message(line)
            if message is not None:
                bridge.take(message)
    finally:
        bridge.stop()
    return 0


def _message(line: bytes) -> Message | None:
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    return message if isinstance(message, dict) else None
