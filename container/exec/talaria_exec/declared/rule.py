"""
What becomes of each declared document. As long as the stack declares the same text, the agent's edit of it stays. Another text is
written, and an edited file stays beside it. One that is no longer declared goes, unless it was edited: then it is the agent's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from talaria_exec.declared.ledger import Ledger, Written, read_ledger, write_ledger, written_as
from talaria_exec.declared.tree import Found, Tree


@dataclass(frozen=True)
class Outcome:
    """
    `asDeclared`, `written`, `edited` (the agent's text stays), `removed`, `released` (no longer declared, and the agent's now) or
    `blocked` with a `reason`. `beside` is where an edited file stays.
    """

    path: str
    what: str
    beside: str | None = None
    reason: str | None = None


def bring(tree: Tree, documents: Mapping[str, str], folders: Sequence[str], today: date) -> list[Outcome]:
    """Bring a tree to what is declared. Twice is the same as once; what cannot be brought is `blocked`, and the rest is."""
    ledger = read_ledger(tree)
    after: Ledger = {}
    outcomes = [outcome for path in folders if (outcome := _made(tree, path)) is not None]
    for path, text in documents.items():
        outcomes.append(_brought(tree, path, text.encode(), ledger.get(path), today, after))
    for path, before in ledger.items():
        if path not in documents:
            outcomes.append(_undeclared(tree, path, before, after))
    if after != ledger:
        try:
            write_ledger(tree, after)
        except OSError as error:
            outcomes.append(Outcome(".talaria", "blocked", reason=_reason(error)))
    return outcomes


def _made(tree: Tree, path: str) -> Outcome | None:
    try:
        tree.make_folder(path)
        return None
    except OSError as error:
        return Outcome(path, "blocked", reason=_reason(error))


def _brought(tree: Tree, path: str, content: bytes, before: Written | None, today: date, after: Ledger) -> Outcome:
    wanted = written_as(content)
    try:
        found = tree.look(path, max(wanted.bytes, before.bytes if before else 0))
        if _is(found, wanted):
            after[path] = wanted
            return Outcome(path, "asDeclared")
        if found is not None and before == wanted:
            after[path] = wanted
            return Outcome(path, "edited")
        is_untouched = found is None or (before is not None and _is(found, before))
        beside = None if is_untouched else tree.keep_beside(path, f"agent-{today.isoformat()}")
        tree.write(path, content)
        after[path] = wanted
        return Outcome(path, "written", beside)
    except OSError as error:
        if before is not None:
            after[path] = before
        return Outcome(path, "blocked", reason=_reason(error))


def _undeclared(tree: Tree, path: str, before: Written, after: Ledger) -> Outcome:
    try:
        found = tree.look(path, before.bytes)
        if not _is(found, before):
            return Outcome(path, "removed" if found is None else "released")
        tree.remove(path)
        return Outcome(path, "removed")
    except OSError as error:
        after[path] = before
        return Outcome(path, "blocked", reason=_reason(error))


def _is(found: Found | None, written: Written) -> bool:
    return found is not None and found.kind == "file" and found.sha256 == written.sha256


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
