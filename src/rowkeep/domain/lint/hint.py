"""What to do about a finding: SQL, or a sentence."""

from __future__ import annotations

from rowkeep.domain.late_regex import compile_later

_UNKNOWN_NAME = compile_later(r'"[^"]*…[^"]*"')


class Sentence(str):
    """A hint in words, for where no SQL is a safe form. Like a message, it is one line without a full stop.

    Every other hint is SQL that PostgreSQL parses. A person fills in what stands in angle brackets (`<columns>`,
    `<condition>`). Comment lines say what to do between two statements (`-- in the next migration:`).
    """

    __slots__ = ()


def suggest_allow(when: str, rule: str) -> Sentence:
    """A hint to allow the rule by a comment. when: a condition, `when no version of the application uses it`."""
    return Sentence(f"{when}, allow it: -- rowkeep: allow {rule} because <reason>")


def mark_unknown_names(hint: str) -> str:
    """Replace each name that is only known at run time by a placeholder: `DROP TABLE "…name"`, `DROP TABLE <name>`."""
    return hint if isinstance(hint, Sentence) or "…" not in hint else _UNKNOWN_NAME.sub("<name>", hint)
