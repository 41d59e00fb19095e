"""What to do about a finding: SQL, or a sentence."""

from __future__ import annotations


class Sentence(str):
    """A hint in words, for where no SQL is a safe form. Like a message, it is one line without a full stop.

    Every other hint is SQL that PostgreSQL parses. A person fills in what stands in angle brackets (`<columns>`,
    `<condition>`). Comment lines say what to do between two statements (`-- in the next migration:`).
    """

    __slots__ = ()


def suggest_allow(when: str, rule: str) -> Sentence:
    """A hint to allow the rule by a comment. when: a condition, `when no version of the application uses it`."""
    return Sentence(f"{when}, allow it: -- rowkeep: allow {rule} because <reason>")
