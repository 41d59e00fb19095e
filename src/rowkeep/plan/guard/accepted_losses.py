"""`-- rowkeep: accept-loss public.users.phone because REASON` in a migration: what may be lost, by name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rowkeep.domain.late_regex import compile_later
from rowkeep.domain.plan import Step

_COMMENT = compile_later(
    r"^[ \t]*(?:--|#)[ \t]*rowkeep:[ \t]*accept-loss[ \t]+(?P<name>\S.*?)[ \t]+because[ \t]+(?P<reason>\S.*)$",
    re.MULTILINE,
)


def find_accepted_names(steps: Iterable[Step]) -> frozenset[str]:
    """The names that the texts of these migrations accept to lose. Without a reason a name is not accepted."""
    return frozenset(
        match["name"].strip("'\"")
        for step in steps
        if "accept-loss" in step.text
        for match in _COMMENT.finditer(step.text)
    )
