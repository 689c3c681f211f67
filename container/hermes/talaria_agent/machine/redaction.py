"""A configuration as it may leave the container: secrets go by the name of their key, and by their own shape.

The file stays as it was written, comments too: nothing here understands YAML, so that nothing of it can be misread. The Worker
takes out by value what it knows itself.
"""

from __future__ import annotations

import re

HIDDEN = "[secret]"

_WORD = (
    r"[\w.-]{0,40}(?:api[_-]?key|secret|token(?!s)|passw(?:or)?d|passphrase|credential|private[_-]?key|access[_-]?key|authorization|cookie|"
    r"bearer|webhook|auth_key|signing)[\w.-]{0,40}"
)
_KEY = re.compile(rf"(?P<key>^\s*(?:-\s+)?(?:#\s*)*[\"']?(?:{_WORD}|key)[\"']?\s*:)(?P<rest>.*)$", re.IGNORECASE)
"""A line that gives such a key, whatever follows it."""
_INLINE = re.compile(
    rf"(?P<key>[\"']?\b(?:{_WORD})[\"']?\s*[:=]\s*)(?:(?:Bearer|Basic)\s+)?(?P<value>\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s,}}\]]+)", re.IGNORECASE
)
"""Such a key within a line: JSON, a flow mapping, a URL's query, a command's option."""
_SHAPES = (
    re.compile(r"\b(?:sk|pk|rk|xox[abeprs]|xapp|ghp|gho|ghs|github_pat|glpat|hf|AKIA|AIza)[-_]?[A-Za-z0-9_-]{12,}"),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]*"),
    re.compile(r"(?<=Bearer )\S+", re.IGNORECASE),
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),
)
"""What looks like a key, a JWT, a bearer's token, or a name and password in a URL."""


def redacted(text: str) -> str:
    """The text with `[secret]` in place of each secret. What a hidden key holds over several lines goes with it."""
    lines: list[str] = []
    below: int | None = None
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if below is not None and (not line.strip() or indent > below or (indent == below and line.lstrip().startswith("- "))):
            continue
        below = None
        match = _KEY.match(line)
        if match is None:
            lines.append(_within(line))
            continue
        rest = match["rest"].strip()
        if rest in ("", "{}", "[]", "null", "''", '""', "true", "false", "{", "["):
            lines.append(line if rest not in ("", "{", "[") else f"{match['key']} {HIDDEN}")
        else:
            lines.append(f"{match['key']} {HIDDEN}{',' if rest.endswith(',') else ''}")
        if rest in ("", "{", "[") or rest[0] in "|>\"'{[&":
            below = indent
    return "\n".join(lines)


def _within(line: str) -> str:
    hidden = _INLINE.sub(lambda found: f"{found['key']}{HIDDEN}", line)
    for shape in _SHAPES:
        hidden = shape.sub(HIDDEN, hidden)
    return hidden
