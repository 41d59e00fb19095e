"""`-- rowkeep: accept-loss public.users.phone because REASON` in a migration: what may be lost, by name."""

from __future__ import annotations

from collections.abc import Iterable

from rowkeep.domain.migration import Language
from rowkeep.domain.plan import Step


def find_accepted_names(steps: Iterable[Step]) -> frozenset[str]:
    """The names that the comments of these migrations accept to lose. Without a reason a name is not accepted."""
    names: set[str] = set()
    for step in steps:
        if "accept-loss" in step.text:
            from rowkeep.parse.text.accepted_losses import read_accepted_losses

            is_python = step.migration.language is Language.PYTHON
            names = names.union(*(loss.names for loss in read_accepted_losses(step.text, python=is_python)))
    return frozenset(names)
