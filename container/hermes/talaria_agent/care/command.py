"""The subcommands of `talaria-state` that run apart from the agent."""

from __future__ import annotations

import argparse
import re
from datetime import datetime
RUNS = ("care", "mend", "drill", "diff", "export", "import")

ID = r"[0-9a-f]{64}"


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> list[argparse.ArgumentParser]:
    """Declare them; `--run` is added by the caller."""
    tidied = commands.add_parser("care", help="forget snapshots by policy, prune, check")
    tidied.add_argument("--keep", type=_keep, required=True, metavar="JSON", help="numbers by last, hourly, daily, weekly, monthly")
    tidied.add_argument("--protect", type=_ids, default=frozenset(), metavar="ID,…", help="snapshots that stay in any case")
    tidied.add_argument("--part", type=_part, default="1/1", metavar="N/M", help="part of the data that is read back")
    mended = commands.add_parser("mend", help="write the index anew, save what is whole in rotten packs")
    mended.add_argument("--packs", type=_ids, default=frozenset(), metavar="ID,…", help="packs that rotted")
    drilled = commands.add_parser("drill", help="restore a snapshot into scratch, verify it, have Hermes read it")
    drilled.add_argument("--snapshot", type=_id, required=True)
    compared = commands.add_parser("diff", help="print what is different in another snapshot")
    compared.add_argument("--from", dest="first", type=_id, required=True)
    compared.add_argument("--to", dest="second", type=_id, required=True)
    exported = commands.add_parser("export", help="restore a snapshot into scratch, verify it, hand it out once as a tar")
    exported.add_argument("--snapshot", type=_id, required=True)
    imported = commands.add_parser("import", help="make a snapshot of a home from elsewhere, which is sent as an archive")
    imported.add_argument("--onto", type=_id, help="merge into this snapshot: what it has stays")
    imported.add_argument("--after", type=datetime.fromisoformat, metavar="TIME", help="refuse what is older")
    return [tidied, mended, drilled, compared, exported, imported]


def _id(text: str) -> str:
    if not re.fullmatch(ID, text):
        raise argparse.ArgumentTypeError(f"{text!r} is no snapshot id: 64 hex digits")
    return text


def _ids(text: str) -> frozenset[str]:
    return frozenset(_id(one) for one in text.split(",") if one)


def _part(text: str) -> str:
    found = re.fullmatch(r"(\d{1,3})/(\d{1,3})", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise argparse.ArgumentTypeError(f"{text!r} is not such as 2/7")
    return text


def _keep(text: str) -> dict[str, int]:
    from talaria_agent.care.tidy import read_keep

    try:
        return read_keep(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
