"""The safe form of a finding as SQL: `<…>` is for a person to fill in, and words beside the SQL are comments."""

from __future__ import annotations

import re

from rowkeep.domain.lint.hint import Sentence

PLACEHOLDER = "<…>"
_REMARK = re.compile(r"(?P<sql>.*(?:;|…))\s+\((?P<words>[^()]*(?:\([^()]*\)[^()]*)*)\)")


def safe_form(text: str) -> str:
    """One step a line. A form without `<…>` is complete: PostgreSQL takes it as it is."""
    if isinstance(text, Sentence):
        return text
    # The body of a block is SQL throughout.
    lines = text.splitlines() if "$$" in text else [_as_comment(line) for line in text.splitlines()]
    return "\n".join(line if line.startswith("--") else line.replace("…", PLACEHOLDER) for line in lines)


def _as_comment(line: str) -> str:
    if line.startswith("(") and line.endswith(")"):
        return f"-- {line[1:-1]}"
    if line[:1].islower() and not line.startswith("rowkeep "):
        return f"-- {line}"
    found = _REMARK.fullmatch(line)
    if found is None or line.startswith(("--", "\\")):
        return line
    end = "" if found["sql"].endswith(";") else ";"
    return f"{found['sql']}{end}  -- {found['words']}"
