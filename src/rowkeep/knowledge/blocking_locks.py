"""The operations of a section that block others."""

from __future__ import annotations

from collections.abc import Iterator

from rowkeep.domain.lint.context import Context
from rowkeep.domain.lint.lock import LockMode
from rowkeep.domain.operation import CreateTable, Name
from rowkeep.domain.schema.schema_state import Key
from rowkeep.knowledge.locks import locks_of


def find_blocking_locks(context: Context) -> Iterator[tuple[int, Name, LockMode]]:
    """Every lock of the section that blocks writes to an existing table; first the position of its operation.

    Call it at the end of a section, when it is known which tables the section has created.
    """
    made: set[Key] = set()
    for place, operation in enumerate(context.operations):
        if operation.is_stored:
            continue
        if isinstance(operation, CreateTable) and not operation.if_not_exists:
            made.add(context.key(operation.table))
        for name, mode in locks_of(operation):
            if context.key(name) in made or context.is_absent(name):
                continue
            if mode.blocks_writes and not context.is_new(name):
                yield place, name, mode
