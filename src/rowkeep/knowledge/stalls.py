"""Which acts of a section make others wait."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.act import CreateTable, Name
from rowkeep.domain.context import Context
from rowkeep.domain.known import Key
from rowkeep.domain.lock import LockMode
from rowkeep.knowledge.locks import locks


def stalls(context: Context) -> Iterator[tuple[int, Name, LockMode]]:
    """Every lock of the whole section that stops the writers of a table of others; first the place of its act.

    To be asked at the end of a section, when it is known what the section has made.
    """
    made: set[Key] = set()
    for place, act in enumerate(context.acts):
        if act.is_stored:
            continue
        if isinstance(act, CreateTable) and not act.if_not_exists:
            made.add(context.key(act.table))
        for name, mode in locks(act):
            if context.key(name) in made or context.is_absent(name):
                continue
            if mode.blocks_writes and not context.is_new(name):
                yield place, name, mode
