"""A change for which no SQL is written."""

from __future__ import annotations


class NotWritable(Exception):
    """No SQL is written for this object. why: in words."""

    def __init__(self, kind: str, identity: str, why: str) -> None:
        super().__init__(f"{kind} {identity}: {why}")
        self.kind, self.identity, self.why = kind, identity, why
