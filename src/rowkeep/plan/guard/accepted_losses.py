"""`-- rowkeep: accept-loss public.users.phone because REASON` in a migration: what may be lost, by name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.plan import Step

_COMMENT = compile_later(
    r"^[ \t]*(?:--|#)[ \t]*rowkeep:[ \t]*accept-loss[ \t](?P<text>.*[ \t]because[ \t]+\S.*)$",
    re.MULTILINE,
)


def find_accepted_names(steps: Iterable[Step]) -> frozenset[str]:
    """The names that the texts of these migrations accept to lose. Without a reason a name is not accepted."""
    names: set[str] = set()
    for step in steps:
        for match in _COMMENT.finditer(step.text) if "accept-loss" in step.text else ():
            # A name may have ` because ` and quotes in it.
            parts = re.split(r"[ \t]because(?=[ \t]+\S)", match["text"])
            for end in range(1, len(parts)):
                name = " because".join(parts[:end]).strip()
                names |= {name, name.strip("'\"")}
    return frozenset(names - {""})
